"""`asset-manager doctor`: what goes wrong, why, and what to do; `validate` asks whether what was deployed is there."""
