"""Log groups and streams: the tasks' lines arrive, and are kept as long as the settings say."""

from __future__ import annotations

from ops.aws.ecs import short, tasks_of_service
from ops.checking.deployed.evidence import lines
from ops.console.finding import DEPLOY, CannotLookError, Finding, failed, ok
from ops.dagster_api.deployment import Deployment


def group(deployment: Deployment, name: str) -> Finding:
    """The log group exists, and keeps lines as long as the settings say."""
    found = deployment.logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    kept = {each["logGroupName"]: each.get("retentionInDays") for each in found}
    if name not in kept:
        return failed("there is no such log group, and no task that writes to it can start", DEPLOY)
    return judge_retention(kept[name], deployment.settings.log_retention_days)


def judge_retention(kept: int | None, wanted: int) -> Finding:
    """The retention is as many days as the settings say."""
    if kept != wanted:
        shown = "for ever" if kept is None else f"{kept} days"
        return failed(
            f"it keeps lines {shown}, and log_retention_days is {wanted}", f"Somebody changed it by hand. {DEPLOY}"
        )
    return ok(f"keeps {kept} days")


def of_service(deployment: Deployment, service: str, container: str) -> Finding:
    """Each of its running tasks has a stream with lines in it."""
    cluster = deployment.settings.existing.cluster
    tasks = tasks_of_service(deployment.ecs, cluster, service, "RUNNING")
    running = [task for task in tasks if task["lastStatus"] == "RUNNING"]
    if not running:
        raise CannotLookError("none of its tasks is running", "See its stopped tasks, or asset-manager status.")
    found = [lines(deployment, task["taskDefinitionArn"], container, short(task["taskArn"])) for task in running]
    return next((each for each in found if each.status != "ok"), found[0])
