"""ECS and Fargate: tasks as processes, services, deployments, health and logs."""
