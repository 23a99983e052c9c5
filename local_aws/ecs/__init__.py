"""ECS and Fargate: tasks as processes, services, deployments, health and logs.

`agent` runs them, `tasks` is one task, `services` and `rollout` decide what a service starts and stops; the answers of
ECS calls are in local_aws/moto/ecs.py. A new reason for a task not to start is a StartRefusedError in `definition`.
May import: local_aws.balancer.
"""
