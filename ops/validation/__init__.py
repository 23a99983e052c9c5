"""`asset-manager validate`: whether what was deployed is there, runs, and does its work, asked of the APIs."""
