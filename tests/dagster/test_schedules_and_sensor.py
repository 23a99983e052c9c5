"""What is asked for and when: schedules by grain, and partitions that follow the metrics database."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import Connection

from asset_manager.definitions import defs
from asset_manager.metrics_database import MetricsDatabase
from asset_manager.metrics_tables import metrics
from asset_manager.sensors import partition_sync_sensor
from tests.support.repository import ROOT

TICK = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)


def requests(schedule: str, instance: dg.DagsterInstance) -> list[tuple[str | None, str | None]]:
    """What one tick asks for: run key and partition."""
    context = dg.build_schedule_context(
        instance=instance, scheduled_execution_time=TICK, repository_def=defs.get_repository_def()
    )
    asked = defs.resolve_schedule_def(schedule).evaluate_tick(context).run_requests or []
    return [(request.run_key, request.partition_key) for request in asked]


def synced(instance: dg.DagsterInstance) -> str | None:
    """Evaluate the sensor once, do what it asks for, and give back what it says."""
    database = MetricsDatabase(url=os.environ["METRICS_DATABASE_URL"])
    context = dg.build_sensor_context(instance=instance, resources={"metrics_database": database})
    data = partition_sync_sensor.evaluate_tick(context)
    for request in data.dynamic_partitions_requests or []:
        if isinstance(request, dg.AddDynamicPartitionsRequest):
            instance.add_dynamic_partitions("metrics", list(request.partition_keys))
        else:
            for key in request.partition_keys:
                instance.delete_dynamic_partition("metrics", key)
    return data.skip_message


# --- schedules ---


@pytest.mark.parametrize(
    ("name", "cron"),
    [
        ("daily_snowflake_cache_schedule", "0 3 * * *"),
        ("weekly_snowflake_cache_schedule", "0 4 * * 1"),
        ("monthly_snowflake_cache_schedule", "0 5 1 * *"),
    ],
)
def test_a_schedule_runs_by_default_at_its_hour_of_utc(name: str, cron: str) -> None:
    schedule = defs.resolve_schedule_def(name)
    assert isinstance(schedule, dg.ScheduleDefinition)
    assert (schedule.cron_schedule, schedule.execution_timezone) == (cron, "UTC")
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING


def test_a_tick_asks_for_each_partition_of_its_grain_under_a_key_that_stays(instance: dg.DagsterInstance) -> None:
    instance.add_dynamic_partitions("metrics", ["globex::day::orders", "not a key"])
    asked = [
        ("2026-03-02T03:00:00+00:00 acme::day::revenue", "acme::day::revenue"),
        ("2026-03-02T03:00:00+00:00 globex::day::orders", "globex::day::orders"),
    ]
    assert requests("daily_snowflake_cache_schedule", instance) == asked
    assert requests("daily_snowflake_cache_schedule", instance) == asked


def test_a_tick_without_partitions_says_so(instance: dg.DagsterInstance) -> None:
    context = dg.build_schedule_context(instance=instance, scheduled_execution_time=TICK)
    data = defs.resolve_schedule_def("monthly_snowflake_cache_schedule").evaluate_tick(context)
    assert data.skip_message == "there is no partition of grain month yet; partition_sync_sensor adds them"


def test_the_monthly_job_asks_for_a_larger_task_and_the_others_for_none() -> None:
    def size(tags: Mapping[str, str]) -> dict[str, str]:
        return {name: value for name, value in tags.items() if name.startswith("ecs/")}

    asked = {
        grain: size(defs.resolve_job_def(f"{grain}_snowflake_cache_job").tags) for grain in ("day", "week", "month")
    }
    assert asked == {"day": {}, "week": {}, "month": {"ecs/cpu": "1024", "ecs/memory": "2048"}}


# --- the sensor ---


def test_the_sensor_runs_by_default_every_five_minutes() -> None:
    assert partition_sync_sensor.minimum_interval_seconds == 300
    assert partition_sync_sensor.default_status is dg.DefaultSensorStatus.RUNNING


def test_new_metrics_become_partitions_and_switched_off_ones_go(
    database: Connection, instance: dg.DagsterInstance
) -> None:
    rows = [("acme", "revenue", False), ("globex", "orders", True)]
    database.execute(metrics.delete())
    database.execute(
        metrics.insert(), [{"tenant": t, "metric": m, "aggregation": "sum", "enabled": on} for t, m, on in rows]
    )
    database.commit()
    assert synced(instance) == (
        "added 3: globex::day::orders, globex::month::orders, globex::week::orders; "
        "removed 2: acme::day::revenue, acme::week::revenue"
    )
    wanted = ["globex::day::orders", "globex::month::orders", "globex::week::orders"]
    assert sorted(instance.get_dynamic_partitions("metrics")) == wanted
    assert synced(instance) == "nothing to do: 3 partitions, as in the metrics database"


def test_a_metric_whose_name_makes_no_key_is_ignored_by_name(
    database: Connection, instance: dg.DagsterInstance
) -> None:
    database.execute(metrics.insert(), {"tenant": "acme", "metric": "Net-New", "aggregation": "sum", "enabled": True})
    database.commit()
    assert synced(instance) == (
        "added 1: acme::month::revenue; ignored: partition key 'acme::day::Net-New': 'Net-New' is no metric; "
        "allowed are 1 to 63 of a-z, 0-9, _, a letter first"
    )


def test_a_database_that_lists_nothing_takes_no_partition_away(
    database: Connection, instance: dg.DagsterInstance
) -> None:
    database.execute(metrics.delete())
    database.commit()
    assert synced(instance) == "the metrics database lists no metric that is switched on: all 2 partitions kept"
    assert len(instance.get_dynamic_partitions("metrics")) == 2


# --- the code location as a whole ---


def test_loading_the_code_location_imports_neither_snowflake_nor_aws() -> None:
    code = "import sys, asset_manager.definitions; print(*sys.modules)"
    environ = {"PATH": os.defpath}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    assert "asset_manager" in done.stdout
    assert not {"snowflake.connector", "dagster_snowflake", "boto3", "fakesnow"} & set(done.stdout.split())


def test_another_code_location_is_one_variable(tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "__init__.py").touch()
    (tmp_path / "tiny" / "location.py").write_text(
        "import dagster as dg\n\n\n@dg.asset\ndef tiny_asset() -> None: ...\n\n\ndefs = dg.Definitions([tiny_asset])\n"
    )
    environ = {
        "PATH": os.defpath,
        "PYTHONPATH": str(tmp_path),
        "DAGSTER_HOME": str(tmp_path),
        "DAGSTER_CODE_LOCATION": "tiny.location",
    }
    (tmp_path / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    dagster = str(Path(sys.executable).with_name("dagster"))
    command = [dagster, "definitions", "validate", "-w", "dagster/workspace.yaml"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Validation successful for code location tiny.location" in done.stdout + done.stderr
