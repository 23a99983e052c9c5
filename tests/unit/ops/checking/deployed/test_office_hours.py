"""What is looked at of an environment that sleeps."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from ops.checking.deployed.office_hours import require_awake
from ops.checking.report import look
from ops.checking.validate import standing_checks
from ops.console.finding import CannotLookError
from ops.dagster_api.deployment import Deployment
from settings.load import load


def deployed(environment: str, desired_count: int) -> Deployment:
    described: Any = {"services": [{"status": "ACTIVE", "desiredCount": desired_count}]}
    found = SimpleNamespace(settings=load(environment), ecs=SimpleNamespace(describe_services=lambda **_: described))
    return cast("Deployment", found)


def test_only_what_has_office_hours_sleeps() -> None:
    assert load("staging").office_hours
    require_awake(deployed("staging", 1))
    require_awake(deployed("prod", 0))  # stopped by somebody, which is for the checks to tell
    with pytest.raises(CannotLookError, match="it sleeps: these are no office hours"):
        require_awake(deployed("staging", 0))


def test_nothing_behind_a_web_server_that_sleeps_is_called_failed() -> None:
    asleep: Any = deployed("staging", 0)
    asleep.web, asleep.elbv2, asleep.ec2, asleep.endpoint = object(), None, None, None
    names = ["server_info", "code location", "assets", "daemon heartbeats"]
    checks = [check for check in standing_checks(asleep) if check.name in names]
    found = {result.name: (result.status, result.why) for result in look(checks, 0, print)}
    assert found["server_info"] == ("skipped", "it sleeps: these are no office hours")
    assert {found[name] for name in names[1:]} == {("skipped", "is not checked while server_info is not ok")}
