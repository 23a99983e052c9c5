"""The laptop's AWS."""
