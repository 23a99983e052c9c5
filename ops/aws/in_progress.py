"""Whether ECS is still rolling the last deployment; an apply, and so Terraform's lock, ends before it does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from ops.aws.clients import Clients
from ops.aws.ecs import active_services
from ops.aws.steady import describe
from ops.console.errors import UnderWayError
from settings.load import Settings

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ServiceTypeDef


def refuse(settings: Settings) -> None:
    """Raise if a service of this environment has a deployment that is neither complete nor failed."""
    names = [settings.names.web_service, settings.names.daemon_service]
    ecs = Clients.of_shell(settings.region).ecs
    moving = list(rolling(active_services(ecs, settings.existing.cluster, names)))
    if moving:
        lines = "".join(f"\n    {line}" for line in moving)
        raise UnderWayError(
            f"a deployment of {settings.environment} is under way:{lines}\n"
            "Nothing was changed. Wait until it is over (asset-manager status); `asset-manager deploy --supersede` "
            "starts another one over it."
        )


def rolling(services: Iterable[ServiceTypeDef]) -> Iterable[str]:
    """One line for each service with a newest deployment that ECS has not completed or failed."""
    for service in services:
        newest = service["deployments"][0]
        if newest.get("rolloutState") == "IN_PROGRESS":
            yield f"{service['serviceName']}: {describe(service)}, since {_time(newest['createdAt'])}"


def _time(when: datetime) -> str:
    return when.strftime("%Y-%m-%d %H:%M:%S %Z")
