"""How many tasks of a service there may be, and how a number is undone."""

from __future__ import annotations

from typing import Any

import pytest

from ops.console.errors import OperatorError
from ops.tasks.scale import Service, refuse, undone
from settings.load import Settings, load

PROD, STAGING = load("prod"), load("staging")  # scaled by load; by office hours
FIXED = PROD.model_copy(update={"web": PROD.web.model_copy(update={"desired_count": 2, "max_count": None})})


@pytest.mark.parametrize(
    ("settings", "service", "counts"),
    [
        (PROD, "web", (0, 1, 2, 3)),
        (FIXED, "web", (0, 2)),
        (STAGING, "web", (0, 1)),
        (PROD, "daemon", (0, 1)),
    ],
)
def test_what_the_settings_allow_is_allowed_and_nothing_else(
    settings: Settings, service: Service, counts: tuple[int, ...]
) -> None:
    allowed = []
    for count in range(6):
        try:
            refuse(settings, service, count)
        except OperatorError:
            continue
        allowed.append(count)
    assert tuple(allowed) == counts


@pytest.mark.parametrize(
    ("settings", "service", "count", "said"),
    [
        (
            PROD,
            "web",
            4,
            "scale web 4: allowed are 0 and 1 to 3. Change `web: max_count:` in environments/prod.yaml, and deploy.",
        ),
        (
            FIXED,
            "web",
            3,
            (
                "scale web 3: allowed are 0 and 2. Terraform holds it: a deploy would set it back. "
                "Change `web: desired_count:` in environments/prod.yaml, and deploy."
            ),
        ),
        (
            STAGING,
            "web",
            2,
            "scale web 2: allowed are 0 and 1. Change `web: desired_count:` in environments/staging.yaml, and deploy.",
        ),
        (
            PROD,
            "daemon",
            2,
            (
                "scale daemon 2: allowed are 0 and 1. Two daemons run every schedule twice, so environments/prod.yaml "
                "has no key for it. If the daemon is too slow, raise `daemon: cpu:`."
            ),
        ),
    ],
)
def test_what_is_refused_names_the_key_to_change(settings: Settings, service: Service, count: int, said: str) -> None:
    with pytest.raises(OperatorError) as refused:
        refuse(settings, service, count)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("settings", "service", "said"),
    [
        (PROD, "web", "Load changes it too, but not from 0. A deploy leaves it."),
        (PROD, "daemon", "A deploy leaves it."),
        (FIXED, "web", "A deploy sets it to 2."),
        (STAGING, "daemon", "Office hours set it too, at 07:00 and 20:00 UTC, MON-FRI. A deploy leaves it."),
    ],
)
def test_what_else_changes_it_is_named(settings: Any, service: Service, said: str) -> None:
    assert undone(settings, service, 1) == f"Back: asset-manager scale {service} 1 -e {settings.environment}. {said}"
