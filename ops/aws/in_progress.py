"""Whether ECS is still rolling the last deployment, which Terraform's lock says nothing of: an apply ends before it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

import boto3

from ops.aws.steady import describe
from ops.console.errors import UnderWayError
from settings.load import Settings

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ServiceTypeDef


def refuse(settings: Settings) -> None:
    """Raise where a service of this environment has a deployment that is neither complete nor failed."""
    ecs = boto3.client("ecs", region_name=settings.region)
    names = [settings.names.web_service, settings.names.daemon_service]
    cluster = settings.existing.cluster
    try:
        found = ecs.describe_services(cluster=cluster, services=names)["services"]
    except ecs.exceptions.ClusterNotFoundException:
        return  # nothing is deployed, and whoever deploys hears of the cluster
    moving = list(rolling(service for service in found if service["status"] == "ACTIVE"))
    if moving:
        lines = "".join(f"\n    {line}" for line in moving)
        raise UnderWayError(
            f"a deployment of {settings.environment} is under way:{lines}\n"
            "Nothing was changed. Wait until it is over (asset-manager status); `asset-manager deploy --supersede` "
            "begins another one over it."
        )


def rolling(services: Iterable[ServiceTypeDef]) -> Iterable[str]:
    """A line for each service whose newest deployment ECS has not ended."""
    for service in services:
        newest = service["deployments"][0]
        if newest.get("rolloutState") == "IN_PROGRESS":
            yield f"{service['serviceName']}: {describe(service)}, since {_time(newest['createdAt'])}"


def _time(when: datetime) -> str:
    return when.strftime("%Y-%m-%d %H:%M:%S %Z")
