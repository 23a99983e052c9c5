"""The tags of everything that Terraform creates."""

from __future__ import annotations

from collections.abc import Mapping

from settings.schema import Settings

MANAGED_BY = {"ManagedBy": "cdktf"}


def identifying(settings: Settings) -> Mapping[str, str]:
    """Return the tags that only this deployment's resources have."""
    return {"Application": settings.name, "Environment": settings.environment}


def default_tags(settings: Settings) -> Mapping[str, str]:
    return {**identifying(settings), **MANAGED_BY}
