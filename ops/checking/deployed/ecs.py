"""ECS: the services, and the tasks that they run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ops.aws import steady
from ops.aws.ecs import active_services, short, tasks_of_service
from ops.aws.stopped import cause
from ops.console.finding import DEPLOY, Finding, failed, ok
from ops.dagster_api.deployment import Deployment

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ServiceTypeDef, TaskTypeDef


def newest_revision(deployment: Deployment, family: str) -> str:
    """The ARN of the newest active revision of a family."""
    found = deployment.ecs.list_task_definitions(familyPrefix=family, status="ACTIVE", sort="DESC")
    arns = [arn for arn in found["taskDefinitionArns"] if short(arn).partition(":")[0] == family]
    if not arns:
        raise LookupError(f"there is no active task definition of the family {family}. {DEPLOY}")
    return max(arns, key=lambda arn: int(arn.rpartition(":")[2]))


def service(deployment: Deployment, name: str, family: str, allowed: range) -> Finding:
    """The service is steady on the newest revision of its family, at a desired count that the settings allow."""
    cluster = deployment.settings.existing.cluster
    found = active_services(deployment.ecs, cluster, [name])
    return judge_service(found[0] if found else None, newest_revision(deployment, family), allowed, cluster)


def judge_service(found: ServiceTypeDef | None, newest: str, allowed: range, cluster: str) -> Finding:
    """An apply succeeds even if ECS rolls it back, so this compares revisions, not `rolloutState` alone."""
    if found is None:
        return failed(f"there is no such service in the cluster {cluster}", DEPLOY)
    state = steady.describe(found)
    if found["desiredCount"] not in allowed:
        settings = str(allowed[0]) if len(allowed) == 1 else f"{allowed[0]} to {allowed[-1]}"
        return failed(
            f"its desired count is {found['desiredCount']}, and the settings say {settings} ({state})",
            "Somebody scaled it by hand: asset-manager scale sets it back.",
        )
    if found["taskDefinition"] != newest:
        return _judge_old_revision(found, newest)
    if found["deployments"][0].get("rolloutState") == "FAILED":
        return failed(
            f"its deployment failed: {found['deployments'][0].get('rolloutStateReason', 'without a reason')} ({state})",
            f"Read the stopped tasks' reasons (below) and the log group. {DEPLOY}",
        )
    if not steady.is_steady(found):
        events = [event["message"] for event in found.get("events", [])[:1]]
        return failed(
            f"it is not steady: {state}" + "".join(f"; last event: {event}" for event in events),
            "A deployment takes minutes: look again. If it stays so, read the tasks' reasons and the log group.",
        )
    return ok(state)


def _judge_old_revision(found: ServiceTypeDef, newest: str) -> Finding:
    revisions = f"it runs {short(found['taskDefinition'])}, and the newest revision is {short(newest)}"
    rolled_back = [event["message"] for event in found.get("events", []) if "rolling back" in event["message"]]
    if rolled_back:
        advice = f"The new tasks did not stay: read their reasons and the log group, and fix that. {DEPLOY}"
        return failed(f"{revisions}; it was rolled back: {rolled_back[0]}", advice)
    return failed(revisions, f"Somebody set the service to another revision. {DEPLOY}")


def tasks(deployment: Deployment, name: str, family: str, fewest: int) -> Finding:
    """The service runs exactly as many tasks as wanted, all of the newest revision."""
    ecs, cluster = deployment.ecs, deployment.settings.existing.cluster
    running = tasks_of_service(ecs, cluster, name, "RUNNING")
    stopped = tasks_of_service(ecs, cluster, name, "STOPPED")
    desired = max([fewest, *(service["desiredCount"] for service in active_services(ecs, cluster, [name]))])
    return judge_tasks(running, stopped, newest_revision(deployment, family), desired)


def judge_tasks(running: Sequence[TaskTypeDef], stopped: Sequence[TaskTypeDef], newest: str, desired: int) -> Finding:
    """Every task is RUNNING; if one is missing, the finding has the stop reason of the last one."""
    starting = [task for task in running if task["lastStatus"] != "RUNNING"]
    other = [task for task in running if task["taskDefinitionArn"] != newest]
    if len(running) < desired:
        reason, advice = _why_it_stopped(stopped)
        return failed(f"{len(running)} of {desired} tasks{reason}", advice)
    if starting:
        states = ", ".join(f"{task_id(task)} is {task['lastStatus']}" for task in starting)
        reason, advice = _why_it_stopped(stopped)
        return failed(f"{states}{reason}", f"A task takes a minute to start: look again. {advice}")
    if other:
        revisions = ", ".join(f"{task_id(task)} is of {short(task['taskDefinitionArn'])}" for task in other)
        return failed(
            f"{revisions}, and the newest revision is {short(newest)}", f"If no deployment is at work: {DEPLOY}"
        )
    if len(running) > desired:
        return failed(
            f"{len(running)} tasks, and {desired} wanted",
            "Look again when the deployment is through. Two daemons would run every schedule twice: stop one.",
        )
    return ok(f"{len(running)} of {desired} RUNNING, {short(newest)}")


def _why_it_stopped(stopped: Sequence[TaskTypeDef]) -> tuple[str, str]:
    if not stopped:
        return "", f"See the service's events. {DEPLOY}"
    last = max(stopped, key=lambda task: task["createdAt"])
    reason = last.get("stoppedReason", "no reason given")
    codes = [f" (exit code {each['exitCode']})" for each in last["containers"] if "exitCode" in each]
    return f"; the last one, {task_id(last)}, stopped: {reason}{''.join(codes)}", cause(
        last
    ).next or "Read the log group."


def task_id(task: TaskTypeDef) -> str:
    """The first part of a task's id, which is enough to find it."""
    return short(task["taskArn"])[:8]
