"""How fast the intervals of a target group pass."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from local_aws.balancer import targets as module
from local_aws.balancer.targets import Targets


@pytest.fixture(autouse=True)
def group(monkeypatch: pytest.MonkeyPatch) -> None:
    group = SimpleNamespace(
        health_check_path="/server_info",
        health_check_interval_seconds="30",
        health_check_timeout_seconds="10",
        healthy_threshold_count="2",
        unhealthy_threshold_count="3",
        attributes={"deregistration_delay.timeout_seconds": "30"},
    )
    monkeypatch.setattr(module, "group_of", lambda _: group)


@pytest.mark.parametrize(("speed", "interval"), [(1, 30), (10, 3)])
def test_only_intervals_of_health_checks_are_shortened(speed: int, interval: float) -> None:
    targets = Targets(speed)
    check = targets.check_of(targets.register("arn", "127.70.1.2", 3000))
    assert check
    assert (check.interval, check.timeout, check.healthy_threshold, check.unhealthy_threshold) == (interval, 10, 2, 3)


@pytest.mark.parametrize(("speed", "seconds"), [(1, 30), (10, 3)])
def test_so_is_the_deregistration_delay(speed: int, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    targets = Targets(speed)
    target = targets.register("arn", "127.70.1.2", 3000)
    target.connections = 1
    target.drain()
    monkeypatch.setattr("time.monotonic", lambda: target.draining_since + seconds - 0.1)
    assert not targets.is_drained(target)
    monkeypatch.setattr("time.monotonic", lambda: target.draining_since + seconds)
    assert targets.is_drained(target)
