"""ECS's services and tasks, read: what several commands ask of a cluster."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from botocore.exceptions import WaiterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.literals import DesiredStatusType
    from mypy_boto3_ecs.type_defs import ServiceTypeDef, TaskTypeDef, WaiterConfigTypeDef

SECONDS_BETWEEN_POLLS = 2
TASKS_A_CALL = 100  # the limit of DescribeTasks


def active_services(ecs: ECSClient, cluster: str, names: Sequence[str]) -> list[ServiceTypeDef]:
    """The services among `names` (at most 10) that exist; a cluster that does not exist has none."""
    if not names:  # DescribeServices refuses an empty list
        return []
    try:
        found = ecs.describe_services(cluster=cluster, services=list(names))["services"]
    except ecs.exceptions.ClusterNotFoundException:
        return []
    return [service for service in found if service["status"] == "ACTIVE"]


def tasks_of_service(ecs: ECSClient, cluster: str, name: str, status: DesiredStatusType) -> list[TaskTypeDef]:
    """The service's tasks with this desired status; ECS keeps a stopped task for about an hour."""
    pages = ecs.get_paginator("list_tasks").paginate(cluster=cluster, serviceName=name, desiredStatus=status)
    return described(ecs, cluster, [arn for page in pages for arn in page["taskArns"]])


def tasks_of_family(ecs: ECSClient, cluster: str, family: str, status: DesiredStatusType) -> list[TaskTypeDef]:
    """The tasks of a family of task definitions with this desired status."""
    pages = ecs.get_paginator("list_tasks").paginate(cluster=cluster, family=family, desiredStatus=status)
    return described(ecs, cluster, [arn for page in pages for arn in page["taskArns"]])


def tasks_of_cluster(ecs: ECSClient, cluster: str, status: DesiredStatusType) -> list[TaskTypeDef]:
    """All tasks of the cluster with this desired status."""
    pages = ecs.get_paginator("list_tasks").paginate(cluster=cluster, desiredStatus=status)
    return described(ecs, cluster, [arn for page in pages for arn in page["taskArns"]])


def described(ecs: ECSClient, cluster: str, arns: Sequence[str]) -> list[TaskTypeDef]:
    """The tasks among `arns` that ECS still knows."""
    parts = (arns[start : start + TASKS_A_CALL] for start in range(0, len(arns), TASKS_A_CALL))
    return [task for part in parts for task in ecs.describe_tasks(cluster=cluster, tasks=list(part))["tasks"]]


def wait_until_stopped(ecs: ECSClient, cluster: str, arns: Sequence[str], timeout_seconds: int) -> bool:
    """Wait until all of at most 100 tasks have stopped; False if one has not in time."""
    config: WaiterConfigTypeDef = {
        "Delay": SECONDS_BETWEEN_POLLS,
        "MaxAttempts": math.ceil(timeout_seconds / SECONDS_BETWEEN_POLLS),
    }
    try:
        if arns:
            ecs.get_waiter("tasks_stopped").wait(cluster=cluster, tasks=list(arns), WaiterConfig=config)
    except WaiterError as error:
        if "Max attempts exceeded" in error.kwargs["reason"]:
            return False
        raise
    return True


def short(arn: str) -> str:
    """The last part of an ARN: family:revision of a task definition, the id of a task."""
    return arn.rpartition("/")[2]
