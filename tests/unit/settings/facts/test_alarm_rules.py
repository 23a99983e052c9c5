"""Which log lines become metrics, and what the alarms are about."""

# ruff: noqa: E501 -- the lines are Dagster's

from __future__ import annotations

import importlib.util
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from settings.facts.alarm_rules import LOG_METRICS, Watched, alarms
from settings.facts.dashboard_body import dashboard_body

DAGSTER = Path(importlib.util.find_spec("dagster").submodule_search_locations[0])  # type: ignore[union-attr,index]
WATCHED = Watched(
    namespace="AssetManager/asset-manager",
    load_balancer="app/asset-manager-alb/1",
    target_group="targetgroup/asset-manager-web-tg/1",
    daemon_log_group="fulcrum/asset-manager/daemon",
    always_on=True,
)
RUN = "day_snowflake_cache_job - 4e170af8-a303-4592-927c-0a65d0b9b36d - 6052"
# As Dagster writes them, the escapes of its colours included.
DAEMON = "\x1b[32m2026-11-24 05:57:06 +0000\x1b[0m - dagster.daemon"
LINES = {
    "HeartbeatsLost": f"{DAEMON} - \x1b[33mWARNING\x1b[0m - The following threads have not sent heartbeats in more than 360 "
    "seconds: ['SENSOR']. They may be running more slowly than expected or hanging.",
    "SecondDaemon": f"{DAEMON}.SensorDaemon - \x1b[31mERROR\x1b[0m - Another SENSOR daemon is still sending heartbeats. You "
    "likely have multiple daemon processes running at once, which is not supported. Last heartbeat daemon id: 1, Current "
    "daemon_id: 2",
    "RunsAtTheirLimit": f"{DAEMON}.QueuedRunCoordinatorDaemon - \x1b[34mINFO\x1b[0m - 10 runs are currently in progress. "
    "Maximum is 10, won't launch more.",
    "RunsFailed": f"2026-11-24 05:57:21 +0000 - dagster - ERROR - {RUN} - RUN_FAILURE - Execution of run for "
    '"day_snowflake_cache_job" failed. An exception was thrown during execution.',
    "RunsLost": f"{DAEMON}.MonitoringDaemon - \x1b[34mINFO\x1b[0m - Detected run worker status CheckRunHealthResult("
    "status=<WorkerStatus.FAILED: 'FAILED'>, msg='', transient=None, run_worker_id=None). Marking run 4e170af8-a303-4592 "
    "as failed.",
}
OF_NO_METRIC = [
    f"{DAEMON}.QueuedRunCoordinatorDaemon - \x1b[34mINFO\x1b[0m - Launched 1 runs.",
    f"{DAEMON}.SensorDaemon - \x1b[34mINFO\x1b[0m - Checking for new runs for sensor: partition_sync_sensor",
    (
        "\x1b[32m2026-11-24 05:58:22 +0000\x1b[0m - dagster.code_server - \x1b[33mWARNING\x1b[0m - No heartbeat received in 20 "
        "seconds, shutting down"
    ),
    (
        f"2026-11-24 05:57:21 +0000 - dagster - DEBUG - {RUN} - RUN_SUCCESS - Finished execution of run for "
        '"day_snowflake_cache_job".'
    ),
    f"2026-11-24 05:57:21 +0000 - dagster - DEBUG - {RUN} - STEP_FAILURE - Execution of step failed.",
    f"{DAEMON}.MonitoringDaemon - INFO - Run timed out due to taking longer than 180 seconds to cancel.",
]
STARTED_TOO_LATE = f"{DAEMON}.MonitoringDaemon - INFO - Run timed out due to taking longer than 300 seconds to start."


def matches(pattern: str, line: str) -> bool:
    """CloudWatch's unstructured patterns: every quoted term, or any of those with a question mark before them."""
    assert re.fullmatch(r'(\??"[^"]+"\s*)+', pattern), f"no pattern of quoted terms: {pattern}"
    optional, required = re.findall(r'\?"([^"]+)"', pattern), re.findall(r'(?<!\?)"([^"]+)"', pattern)
    if optional:
        # CloudWatch ignores optional terms beside required ones, which is no pattern that anybody meant.
        assert pattern.count("?") * 2 == pattern.count('"')
        return any(term in line for term in optional)
    return all(term in line for term in required)


@pytest.mark.parametrize("metric", LOG_METRICS, ids=lambda metric: metric.name)
def test_a_metric_counts_its_own_lines_and_no_others(metric: Any) -> None:
    assert matches(metric.pattern, LINES[metric.name])
    others = [line for name, line in LINES.items() if name != metric.name]
    assert [line for line in [*others, *OF_NO_METRIC] if matches(metric.pattern, line)] == []


def test_a_run_that_never_began_is_lost_too() -> None:
    (lost,) = [metric for metric in LOG_METRICS if metric.name == "RunsLost"]
    assert matches(lost.pattern, STARTED_TOO_LATE)


@pytest.mark.parametrize("metric", LOG_METRICS, ids=lambda metric: metric.name)
def test_the_dagster_that_is_installed_still_says_so(metric: Any) -> None:
    """Else its next release would silence an alarm, and nobody would hear of it."""
    sources = [*(DAGSTER / "_daemon").rglob("*.py"), DAGSTER / "_core" / "events" / "__init__.py"]
    said = "".join(re.sub(r'"\s*\n\s*f?"', "", source.read_text()) for source in sources)
    for term in re.findall(r'"([^"]+)"', metric.pattern):
        assert term.strip("- ") in said, term


def test_every_alarm_says_what_it_means_and_what_to_do() -> None:
    for alarm in alarms(WATCHED):
        assert alarm.means.endswith(".")
        assert alarm.to_do.endswith(".")
        assert (alarm.at_least is None) != (alarm.below is None)


def test_outside_of_office_hours_silence_is_no_alarm() -> None:
    names = {alarm.name for alarm in alarms(WATCHED)}
    assert names - {alarm.name for alarm in alarms(replace(WATCHED, always_on=False))} == {"daemon-silent", "no-web"}


def test_every_metric_that_an_alarm_looks_at_is_on_the_dashboard() -> None:
    slow = "arn:aws:cloudwatch:us-west-1:111122223333:alarm:asset-manager-slow"
    top, *graphs = dashboard_body(
        region="us-west-1",
        cluster="asset-manager",
        services=["asset-manager-web", "asset-manager-daemon"],
        watched=WATCHED,
        alarm_arns=[slow],
    )["widgets"]
    assert (top["type"], top["properties"]["alarms"]) == ("alarm", [slow])
    shown = {(metric[0], metric[1]) for graph in graphs for metric in graph["properties"]["metrics"]}
    assert {(alarm.namespace, alarm.metric) for alarm in alarms(WATCHED)} <= shown
    places = [(widget["x"], widget["y"]) for widget in (top, *graphs)]
    assert len(set(places)) == len(places)
