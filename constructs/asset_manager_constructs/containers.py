"""Container definitions as ECS's RegisterTaskDefinition takes them. Pure: no cdktf."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# The longest that Fargate grants between SIGTERM and SIGKILL: a run worker then has time to report its progress.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#container_definition_timeout
STOP_TIMEOUT_SECONDS = 120
# The root file system is read-only. A container may write to these: each is a volume of the task, empty at its start.
# The image declares both as VOLUME, so Fargate gives them the owner and mode that they have in the image.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
WRITABLE: Mapping[str, str] = {"home": "/opt/dagster/home", "tmp": "/tmp"}  # noqa: S108


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """A command whose exit code says whether the container is healthy; times are in seconds."""

    command: Sequence[str]
    interval: int
    timeout: int
    retries: int
    start_period: int


@dataclass(frozen=True, kw_only=True)
class Container:
    """The one container of a task. `memory` is in MiB; `secrets` maps a variable to an SSM parameter's ARN."""

    name: str
    image: str
    memory: int
    command: Sequence[str]
    environment: Mapping[str, str]
    secrets: Mapping[str, str]
    log_group: str
    region: str
    port: int | None = None
    docker_labels: Mapping[str, str] | None = None
    health_check: HealthCheck | None = None


def container_definitions(container: Container) -> str:
    """The JSON for `container_definitions`, in the order in which ECS gives it back, so that a plan stays quiet."""
    definition = {
        "name": container.name,
        "image": container.image,
        "essential": True,
        "readonlyRootFilesystem": True,
        "mountPoints": [
            {"sourceVolume": volume, "containerPath": path, "readOnly": False} for volume, path in WRITABLE.items()
        ],
        # The image has its own init process, tini: initProcessEnabled would only add a second one.
        "linuxParameters": {"capabilities": {"drop": ["ALL"]}},
        "stopTimeout": STOP_TIMEOUT_SECONDS,
        # The tag ecs/memory of a run makes the launcher override this value and the task's together.
        "memory": container.memory,
        "environment": [{"name": key, "value": value} for key, value in sorted(container.environment.items())],
        "secrets": [{"name": key, "valueFrom": arn} for key, arn in sorted(container.secrets.items())],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": container.log_group,
                "awslogs-region": container.region,
                # With a prefix the stream is prefix/container/task-id, where the launcher looks for a run's logs.
                "awslogs-stream-prefix": "ecs",
            },
        },
    }
    if container.health_check:
        check = container.health_check
        definition["healthCheck"] = {
            "command": ["CMD", *check.command],
            "interval": check.interval,
            "timeout": check.timeout,
            "retries": check.retries,
            "startPeriod": check.start_period,
        }
    if container.command:
        definition["command"] = list(container.command)
    if container.docker_labels:
        definition["dockerLabels"] = dict(container.docker_labels)
    if container.port is not None:
        definition["portMappings"] = [{"containerPort": container.port, "hostPort": container.port, "protocol": "tcp"}]
    return json.dumps([definition])
