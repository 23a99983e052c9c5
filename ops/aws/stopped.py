"""Why a task stopped, derived from its DescribeTasks record.

The words are DescribeTasks' stopCode, and the messages of
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import TaskTypeDef

KILLED = 137  # 128 and SIGKILL's number


@dataclass(frozen=True)
class Cause:
    """The cause, the next step, and whether the cause is a problem."""

    what: str
    next: str
    is_trouble: bool = True


# The first entry with words that ECS's record contains is the cause, so narrow words stand before wide ones.
_CAUSES = (
    (
        "invalid ssm parameters",
        Cause("a parameter is missing", "The parameter named there is missing or not readable: make deploy."),
    ),
    (
        "unable to retrieve secrets from ssm",
        Cause("SSM gave no parameters", "The parameter named there is missing or not readable: make deploy."),
    ),
    (
        "unable to pull secrets",
        Cause(
            "ECS got neither its parameters nor the registry's login",
            "The execution role may not read the parameters, or the subnets have no way to SSM.",
        ),
    ),
    (
        "log group does not exist",
        Cause("its log group is missing", "Create it again: make deploy."),
    ),
    (
        "ResourceInitializationError",
        Cause(
            "what it needs could not be set up",
            "The message names it: network, log group or parameters; the subnets need a way to AWS's APIs.",
        ),
    ),
    (
        "CannotPullContainer",
        Cause(
            "its image could not be pulled",
            "The image is not in the repository, or the subnets have no way to it: see image_tag.",
        ),
    ),
    (
        "OutOfMemory",
        Cause("out of memory", "The task needs more memory: web, daemon or run in the environment file."),
    ),
    ("SpotInterruption", Cause("Spot took it back", "Nothing: Dagster runs it again, on demand.", is_trouble=False)),
    (
        "failed ELB health checks",
        Cause("the load balancer found it unhealthy", "/server_info did not answer in time: read its log group."),
    ),
    (
        "failed container health checks",
        Cause("its own health check failed", "The daemon's heartbeats stood still: read its log group."),
    ),
    ("UserInitiated", Cause("somebody stopped it", "Somebody stopped it; ECS starts another by itself.", False)),
    ("ServiceSchedulerInitiated", Cause("deployed or scaled", "", is_trouble=False)),
    ("TerminationNotice", Cause("AWS renewed its host", "Nothing: ECS starts another by itself.", is_trouble=False)),
)
_BY_ITSELF = "EssentialContainerExited"
_LOG = "The process ended by itself: its log group says why; database and configuration first."
_SHOT = "Killed and not by ECS, or out of memory after all: see its log group and its memory."


def cause(task: TaskTypeDef, *, ends: bool = False) -> Cause:
    """Why the task stopped; `ends` is True for a run's task, which ends with exit code 0 if all is well."""
    record = words(task)
    found = next((cause for words, cause in _CAUSES if words in record), None)
    if found is not None:
        return found
    code = exit_code(task)
    if task.get("stopCode") == _BY_ITSELF or code is not None:
        if code == 0 and ends:
            return Cause("it ended well", "", is_trouble=False)
        if code == KILLED:
            return Cause("killed (exit code 137)", _SHOT)
        return Cause("it ended by itself" if code is None else f"it ended by itself (exit code {code})", _LOG)
    return Cause("it could not be started", "Read the service's events, and its log group.")


def words(task: TaskTypeDef) -> str:
    """All that ECS records of its end."""
    of_containers = [container.get("reason", "") for container in task.get("containers", [])]
    record = [task.get("stopCode", ""), task.get("stoppedReason", ""), *of_containers]
    return " ".join(part for part in record if part)


def exit_code(task: TaskTypeDef) -> int | None:
    """The exit code of its only container."""
    return next((each["exitCode"] for each in task.get("containers", []) if "exitCode" in each), None)
