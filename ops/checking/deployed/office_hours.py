"""An environment with office hours sleeps outside of them: there is no task, and so nobody to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.aws.ecs import active_services
from ops.console.finding import CannotLookError

if TYPE_CHECKING:
    from ops.dagster_api.deployment import Deployment


def require_awake(deployment: Deployment) -> None:
    """Raise while the web service is to have no task, where that is by the clock."""
    settings = deployment.settings
    if settings.office_hours is None:
        return
    cluster, service = settings.existing.cluster, settings.names.web_service
    found = active_services(deployment.ecs, cluster, [service])
    if found and not found[0]["desiredCount"]:
        raise CannotLookError("it sleeps: these are no office hours", "Look again when it is up.")
