"""Container definitions as ECS's RegisterTaskDefinition wants them. Pure: no cdktf."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


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


def container_definitions(container: Container) -> str:
    """The JSON for `container_definitions`, in the order in which ECS gives it back, so that a plan stays quiet."""
    definition = {
        "name": container.name,
        "image": container.image,
        "essential": True,
        # The launcher overrides this one and the task's together, by the tag ecs/memory.
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
    if container.command:
        definition["command"] = list(container.command)
    if container.docker_labels:
        definition["dockerLabels"] = dict(container.docker_labels)
    if container.port is not None:
        definition["portMappings"] = [{"containerPort": container.port, "hostPort": container.port, "protocol": "tcp"}]
    return json.dumps([definition])
