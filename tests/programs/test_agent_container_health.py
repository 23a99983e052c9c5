"""A container's own health check, as ECS counts its outcomes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from local_aws.ecs.container_health import HealthCheck, Probe, health_check_of


def watch(probe: Probe, seconds: float, until: str) -> str:
    deadline = time.monotonic() + seconds
    while probe.status != until and time.monotonic() < deadline:
        probe.look()
        time.sleep(0.01)
    probe.end()
    return probe.status


def check(script: str, start_period: float = 0, timeout: float = 5) -> HealthCheck:
    return HealthCheck(
        command=["/bin/sh", "-c", script], interval=0.01, timeout=timeout, retries=3, start_period=start_period
    )


def test_a_definition_without_a_check_has_none() -> None:
    assert health_check_of({"name": "web"}) is None


@pytest.mark.parametrize(
    ("command", "run"),
    [
        (["CMD", "dagster-daemon", "liveness-check"], ["dagster-daemon", "liveness-check"]),
        (["CMD-SHELL", "exit 0"], ["/bin/sh", "-c", "exit 0"]),
    ],
)
def test_what_is_left_out_is_as_in_ecs(command: list[str], run: list[str]) -> None:
    assert health_check_of({"healthCheck": {"command": command}}) == HealthCheck(
        command=run, interval=30, timeout=5, retries=3, start_period=0
    )


def test_one_that_passes_is_healthy(tmp_path: Path) -> None:
    assert watch(Probe(check("exit 0"), {}, tmp_path, speed=1), 5, "HEALTHY") == "HEALTHY"


def test_one_that_fails_as_often_as_it_may_is_unhealthy(tmp_path: Path) -> None:
    probe = Probe(check(f"echo x >> {tmp_path}/tries; exit 1"), {}, tmp_path, speed=1)
    assert watch(probe, 5, "UNHEALTHY") == "UNHEALTHY"
    assert len((tmp_path / "tries").read_text().split()) == 3


def test_in_the_start_period_a_failure_does_not_count(tmp_path: Path) -> None:
    assert watch(Probe(check("exit 1", start_period=60), {}, tmp_path, speed=1), 0.15, "UNHEALTHY") == "UNKNOWN"


@pytest.mark.parametrize(("speed", "first"), [(1, 0.6), (10, 0.06)])
def test_the_first_check_comes_after_an_interval_and_sooner_where_time_is_sped_up(
    tmp_path: Path, speed: int, first: float
) -> None:
    passes = HealthCheck(command=["/bin/sh", "-c", "exit 0"], interval=0.6, timeout=5, retries=3, start_period=60)
    started = time.monotonic()
    assert watch(Probe(passes, {}, tmp_path, speed), 5, "HEALTHY") == "HEALTHY"
    assert time.monotonic() - started >= first


def test_one_that_hangs_fails_at_its_time_out(tmp_path: Path) -> None:
    assert watch(Probe(check("sleep 60", timeout=0.05), {}, tmp_path, speed=1), 5, "UNHEALTHY") == "UNHEALTHY"


def test_a_command_that_is_not_there_fails(tmp_path: Path) -> None:
    missing = HealthCheck(command=["/no/such/command"], interval=0.01, timeout=5, retries=3, start_period=0)
    assert watch(Probe(missing, {}, tmp_path, speed=1), 5, "UNHEALTHY") == "UNHEALTHY"
