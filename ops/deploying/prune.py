"""`asset-manager prune`: old revisions of the task definitions, which Terraform leaves registered, deregistered.

Terraform keeps them so that a run that is under way, and a way back, always have theirs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import boto3
import yaml

from ops.terraform import workspace as shell
from settings.load import Settings, load

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

TASKS_A_CALL = 100  # DescribeTasks takes no more


def prune(environment: str, *, keep: int, dry_run: bool) -> None:
    """Of each family the newest `keep` stay, and all that a service or a task is of."""
    settings = load(environment)
    shell.check_credentials(settings)
    ecs = boto3.client("ecs", region_name=settings.region)
    used = in_use(ecs, settings) | {launched(settings)}
    names = settings.names
    for family in (names.web_family, names.daemon_family, names.run_family):
        revisions = registered(ecs, family)
        old = superfluous(revisions, used, keep)
        print(f"{family}: {len(revisions)} revisions, {len(old)} {'would go' if dry_run else 'go'}", flush=True)
        for arn in old:
            print(f"    {arn.rpartition('/')[2]}", flush=True)
            if not dry_run:
                ecs.deregister_task_definition(taskDefinition=arn)


def superfluous(newest_first: Sequence[str], used: Collection[str], keep: int) -> list[str]:
    """Those that go."""
    return [arn for arn in newest_first[keep:] if arn not in used]


def registered(ecs: ECSClient, family: str) -> list[str]:
    """The family's active revisions, the newest first; ECS's own filter takes the name for the beginning of one."""
    pages = ecs.get_paginator("list_task_definitions").paginate(familyPrefix=family, status="ACTIVE", sort="DESC")
    found = [arn for page in pages for arn in page["taskDefinitionArns"]]
    mine = [arn for arn in found if re.fullmatch(rf"{re.escape(family)}:\d+", arn.rpartition("/")[2])]
    return sorted(mine, key=lambda arn: int(arn.rpartition(":")[2]), reverse=True)


def launched(settings: Settings) -> str:
    """The revision that the next run will be of: Dagster's configuration names it, and no task may be of it yet."""
    ssm = boto3.client("ssm", region_name=settings.region)
    stored = ssm.get_parameter(Name=f"{settings.names.parameter_prefix}/DAGSTER_YAML")["Parameter"]["Value"]
    return str(yaml.safe_load(stored)["run_launcher"]["config"]["task_definition"])


def in_use(ecs: ECSClient, settings: Settings) -> set[str]:
    """What services roll to or from, and what every task that has not ended is of."""
    cluster, names = settings.existing.cluster, settings.names
    services = ecs.describe_services(cluster=cluster, services=[names.web_service, names.daemon_service])["services"]
    used = {deployment["taskDefinition"] for service in services for deployment in service["deployments"]}
    used |= {service["taskDefinition"] for service in services}
    pages = ecs.get_paginator("list_tasks").paginate(cluster=cluster)
    tasks = [arn for page in pages for arn in page["taskArns"]]
    for start in range(0, len(tasks), TASKS_A_CALL):
        described = ecs.describe_tasks(cluster=cluster, tasks=tasks[start : start + TASKS_A_CALL])["tasks"]
        used |= {task["taskDefinitionArn"] for task in described}
    return used
