"""Revisions of ECS's task definitions: the registered ones, and those in use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ops.aws.ecs import described, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_ecs import ECSClient


def registered(ecs: ECSClient, family: str) -> list[str]:
    """The ARNs of the family's active revisions, the newest first; `familyPrefix` also finds longer names."""
    pages = ecs.get_paginator("list_task_definitions").paginate(familyPrefix=family, status="ACTIVE", sort="DESC")
    found = [arn for page in pages for arn in page["taskDefinitionArns"]]
    own = [arn for arn in found if re.fullmatch(rf"{re.escape(family)}:\d+", short(arn))]
    return sorted(own, key=lambda arn: int(arn.rpartition(":")[2]), reverse=True)


def in_use(ecs: ECSClient, cluster: str, services: Sequence[str]) -> set[str]:
    """The revisions of each deployment of these services, and of each task of the cluster that has not ended."""
    found = ecs.describe_services(cluster=cluster, services=list(services))["services"]
    used = {deployment["taskDefinition"] for service in found for deployment in service["deployments"]}
    used |= {service["taskDefinition"] for service in found}
    pages = ecs.get_paginator("list_tasks").paginate(cluster=cluster)
    tasks = described(ecs, cluster, [arn for page in pages for arn in page["taskArns"]])
    return used | {task["taskDefinitionArn"] for task in tasks}
