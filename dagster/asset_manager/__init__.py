"""The code location: what this Dagster makes, when, and from what. Knows nothing of the infrastructure it runs on."""
