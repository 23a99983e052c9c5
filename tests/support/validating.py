"""What a test does with the checks of `asset-manager validate`: all ok soon, or exactly those that ought to fail do."""

import time
from contextlib import ExitStack
from typing import Any

from ops.checking.report import Check, Result, look
from ops.dagster_api.deployment import Deployment

STANDING = [
    "service asset-manager-web",
    "service asset-manager-daemon",
    "tasks of asset-manager-web",
    "tasks of asset-manager-daemon",
    "zones",
    "target health",
    "security group asset-manager-alb-sg",
    "security group asset-manager-services-sg",
    "dns alias",
    "sign-in",
    "server_info",
    "code location",
    "assets",
    "schedules and sensors",
    "daily_snowflake_cache_schedule",
    "partition_sync_sensor",
    "daemon heartbeats",
]
OF_A_RUN = [
    "run",
    "ECS task of the run",
    "log stream of the run",
    "compute logs of the run",
    "rows in Snowflake",
]


def quiet(_line: str) -> None:
    """Nobody waits for it."""


def assert_ok(checks: list[Check], seconds: float = 120) -> None:
    """All of them, or soon."""
    not_ok = [result for result in look(checks, seconds, quiet) if result.status != "ok"]
    assert not_ok == [], not_ok


def broken(checks: list[Check], *names: str, saying: str = "", seconds: float = 90) -> dict[str, Result]:
    """The results that are not ok, once exactly those checks failed that are named, and one of them says this."""
    deadline = time.monotonic() + seconds
    while True:
        found = {result.name: result for result in look(checks, 0, quiet) if result.status != "ok"}
        failed = [name for name, result in found.items() if result.status == "failed"]
        said = " | ".join(result.why for result in found.values())
        if (failed == list(names) and saying in said) or time.monotonic() > deadline:
            assert (failed, saying in said) == (list(names), True), f"{failed}: {said}"
            return found
        time.sleep(0.5)


def newer_revision(deployment: Deployment, restore: ExitStack, family: str, changes: dict[str, Any]) -> str:
    """The ARN of another revision of the family, with other values of its container."""
    made: Any = deployment.ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
    kept = ("family", "taskRoleArn", "executionRoleArn", "networkMode", "requiresCompatibilities", "cpu", "memory")
    container: Any = {**made["containerDefinitions"][0], **changes}
    copy = {name: made[name] for name in kept}
    registered = deployment.ecs.register_task_definition(**copy, containerDefinitions=[container])
    arn = registered["taskDefinition"]["taskDefinitionArn"]
    restore.callback(deployment.ecs.deregister_task_definition, taskDefinition=arn)
    return arn
