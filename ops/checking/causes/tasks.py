"""Why tasks stopped, and which problems the services' events name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ops.aws.ecs import active_services, tasks_of_family, tasks_of_service
from ops.aws.stopped import cause, words
from ops.checking.deployed.ecs import task_id
from ops.console.finding import DEPLOY, Finding, failed, ok
from ops.dagster_api.deployment import Deployment

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ServiceEventTypeDef, TaskTypeDef

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
COMPLAINTS = (
    ("unable to place a task", "Fargate has no room in these zones, or the account's quota of vCPU is used up."),
    ("failed to launch a task", "The event names what ECS may not do or does not find: roles, subnets, groups."),
    ("unable to consistently start tasks", "See the service's stopped tasks."),
    ("deployment failed", f"See the service's stopped tasks, and fix what stopped them. {DEPLOY}"),
)


def of_service(deployment: Deployment, service: str, since: datetime) -> Finding:
    """No task stopped for another reason than a deployment, scaling, or StopTask."""
    cluster = deployment.settings.existing.cluster
    return judge_stopped(tasks_of_service(deployment.ecs, cluster, service, "STOPPED"), since, ends=False)


def of_runs(deployment: Deployment, since: datetime) -> Finding:
    """The same for runs' tasks, which end by themselves."""
    cluster, family = deployment.settings.existing.cluster, deployment.settings.names.run_family
    return judge_stopped(tasks_of_family(deployment.ecs, cluster, family, "STOPPED"), since, ends=True)


def judge_stopped(tasks: Sequence[TaskTypeDef], since: datetime, *, ends: bool) -> Finding:
    """Each cause once, with its number of tasks and ECS's record of the last one; the advice is for the newest."""
    recent = [task for task in tasks if _stopped(task) >= since]
    recent.sort(key=_stopped, reverse=True)
    troubles = [(found, task) for task in recent if (found := cause(task, ends=ends)).is_trouble]
    if not troubles:
        return ok(f"{len(recent)} stopped, none of them in trouble")
    last: dict[str, TaskTypeDef] = {}
    for found, task in troubles:
        last.setdefault(found.what, task)
    counts = {what: sum(found.what == what for found, _ in troubles) for what in last}
    lines = [
        f"{counts[what]} of {len(recent)}: {what} (the last, {task_id(task)} at {_stopped(task):%H:%M:%S} UTC: "
        f"{words(task)})"
        for what, task in last.items()
    ]
    return failed("; ".join(lines), troubles[0][0].next)


def _stopped(task: TaskTypeDef) -> datetime:
    # A task that could not be started has no executionStoppedAt, and every stopped one a stoppedAt.
    return task.get("stoppedAt", task["createdAt"]).astimezone(UTC)


def events(deployment: Deployment, service: str, since: datetime) -> Finding:
    """None of the service's last events names a problem."""
    cluster = deployment.settings.existing.cluster
    found = active_services(deployment.ecs, cluster, [service])
    if not found:
        return failed(f"there is no service {service} in the cluster {cluster}", DEPLOY)
    return judge_events(found[0].get("events", []), since)


def judge_events(found: Sequence[ServiceEventTypeDef], since: datetime) -> Finding:
    """The newest event that names a problem, and how many do."""
    recent = [event["message"] for event in found if event["createdAt"] >= since]
    complaints = [(said, advice) for said in recent for words, advice in COMPLAINTS if words in said]
    if not complaints:
        return ok(f"{len(recent)} events, none of them a complaint")
    said, advice = complaints[0]
    return failed(f"{len(complaints)} of {len(recent)} events complain; the last: {said}", advice)
