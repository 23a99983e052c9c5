"""What a task definition and RunTask's overrides come to: a command and its variables. Pure: no moto, no processes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

JSON = Mapping[str, Any]
LONGEST_OVERRIDES = 8192  # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskOverride.html


class StartRefusedError(Exception):
    """A task that cannot be started; `str()` of it is its stoppedReason, in Fargate's words."""


@dataclass(frozen=True, kw_only=True)
class LogTarget:
    """The stream of the awslogs driver; with a prefix it is prefix/container/task-id, without one Fargate refuses."""

    group: str
    stream: str


def overrides_problem(overrides: JSON | None, container_names: Sequence[str]) -> str | None:
    """Say what ECS would refuse of a RunTask's overrides, or nothing."""
    if not overrides:
        return None
    if len(json.dumps(overrides, separators=(",", ":"))) > LONGEST_OVERRIDES:
        return f"Container Overrides length must be at most {LONGEST_OVERRIDES}"
    for override in overrides.get("containerOverrides", []):
        if override.get("name") not in container_names:
            return f"Override for container named {override.get('name')} is not a container in the TaskDefinition."
    return None


def container_override(overrides: JSON, name: str) -> JSON:
    """Return what RunTask overrides of this container."""
    for override in overrides.get("containerOverrides", []):
        if override["name"] == name:
            return dict(override)
    return {}


def the_container(definitions: Sequence[JSON]) -> JSON:
    """Return the one container; sidecars would share an address and a fate, and nothing here needs them yet."""
    if len(definitions) != 1:
        names = ", ".join(definition["name"] for definition in definitions)
        raise StartRefusedError(
            f"CannotStartContainerError: the local ECS runs tasks of one container, and this definition has "
            f"{len(definitions)}: {names}"
        )
    return definitions[0]


def arguments(definition: JSON, override: JSON, image_entrypoint: Sequence[str]) -> list[str]:
    """Return the process's argument list; an entryPoint of the definition takes the place of the image's, as in ECS."""
    command = override.get("command") or definition.get("command") or []
    whole = [*(definition.get("entryPoint") or image_entrypoint), *command]
    if not command and not definition.get("entryPoint"):
        raise StartRefusedError("CannotStartContainerError: neither task definition nor overrides give a command")
    return whole


def variables(definition: JSON, override: JSON, secrets: Mapping[str, str]) -> dict[str, str]:
    """Return the container's own variables: the definition's, its secrets, and over both the override's."""
    return {
        **{pair["name"]: pair["value"] for pair in definition.get("environment") or []},
        **secrets,
        **{pair["name"]: pair["value"] for pair in override.get("environment") or []},
    }


def parameter_name(value_from: str) -> str:
    """Return the SSM parameter's name as people write it; of an ARN of parameter/a/b that is /a/b."""
    if not value_from.startswith("arn:"):
        return value_from
    resource = value_from.split(":", 5)[5]
    kind, _, name = resource.partition("/")
    if kind != "parameter":
        raise StartRefusedError(
            "ResourceInitializationError: unable to pull secrets or registry auth: "
            f"the local ECS knows secrets of SSM only, and {value_from} is none"
        )
    return f"/{name}"


def log_target(definition: JSON, task_id: str) -> LogTarget | None:
    """Return where the container's output goes, if it is logged at all."""
    configuration = definition.get("logConfiguration")
    if not configuration:
        return None
    if configuration["logDriver"] != "awslogs":
        raise StartRefusedError(
            f"CannotStartContainerError: the local ECS knows the log driver awslogs, not {configuration['logDriver']}"
        )
    options = configuration["options"]
    stream = f"{options['awslogs-stream-prefix']}/{definition['name']}/{task_id}"
    return LogTarget(group=options["awslogs-group"], stream=stream)


def stop_timeout(definition: JSON) -> float:
    """Return the seconds between SIGTERM and SIGKILL: ECS gives 30 where the definition says nothing."""
    given = definition.get("stopTimeout")
    return 30.0 if given is None else float(given)


def container_ports(definition: JSON) -> list[int]:
    """Return the ports at which the container can be reached."""
    return [int(mapping["containerPort"]) for mapping in definition.get("portMappings") or []]
