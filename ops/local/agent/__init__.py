"""The laptop's ECS: does with moto's own ECS objects what Fargate does, with processes in place of containers."""
