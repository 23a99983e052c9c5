"""The operator's side: what runs Terraform, and the laptop's AWS."""
