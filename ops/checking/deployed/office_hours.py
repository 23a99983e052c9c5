"""Outside of its office hours an environment runs no task, so no web server answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.aws.ecs import active_services
from ops.console.finding import CannotLookError

if TYPE_CHECKING:
    from ops.dagster_api.deployment import Deployment


def require_awake(deployment: Deployment) -> None:
    """Raise if office hours have set the web service's desired count to 0."""
    settings = deployment.settings
    if settings.office_hours is None:
        return
    cluster, service = settings.existing.cluster, settings.names.web_service
    found = active_services(deployment.ecs, cluster, [service])
    if found and not found[0]["desiredCount"]:
        raise CannotLookError("it sleeps: these are no office hours", "Look again when it is up.")
