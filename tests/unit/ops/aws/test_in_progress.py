"""What counts as a deployment under way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from ops.aws.in_progress import rolling


def service(state: str | None) -> Any:
    newest: dict[str, Any] = {
        "taskDefinition": "arn:aws:ecs:us-west-1:1:task-definition/web:2",
        "runningCount": 0,
        "createdAt": datetime(2026, 11, 24, 3, 0, 5, tzinfo=UTC),
    }
    if state:
        newest["rolloutState"] = state
    return {"serviceName": "asset-manager-web", "desiredCount": 1, "deployments": [newest]}


def test_one_that_ecs_has_not_ended_is_reported_with_its_revision_and_its_beginning() -> None:
    assert list(rolling([service("IN_PROGRESS")])) == [
        "asset-manager-web: web:2, 0 of 1 running, in progress, since 2026-11-24 03:00:05 UTC"
    ]


@pytest.mark.parametrize("state", ["COMPLETED", "FAILED", None])
def test_one_that_is_over_is_none(state: str | None) -> None:
    assert list(rolling(cast("Any", [service(state)]))) == []
