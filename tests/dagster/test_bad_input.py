"""What goes wrong says why, loads nothing by halves, and goes right the next time."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import Connection

from asset_manager.metrics_tables import metric_values, metrics
from tests.dagster.code_location import DAYS, TODAY, VALUES, Snow, checks, run, why
from tests.support.ports import free_port

pytestmark = pytest.mark.usefixtures("snow")

KEY = "acme::day::revenue"
ROWS = [("revenue", day, value) for day, value in VALUES]


def test_a_metric_that_vanished_since_the_sync_is_named(database: Connection, instance: dg.DagsterInstance) -> None:
    database.execute(metrics.delete())
    database.commit()
    assert (
        "acme::day::revenue: metric 'revenue' of tenant 'acme' is not in the metrics database. It was there when the "
        "partitions were synced; partition_sync_sensor removes this partition within five minutes. Nothing was loaded."
    ) in why(run(KEY, instance))


def test_a_metric_that_was_switched_off_is_named_and_works_once_it_is_on_again(
    database: Connection, instance: dg.DagsterInstance
) -> None:
    database.execute(metrics.update().values(enabled=False))
    database.commit()
    assert "metric 'revenue' of tenant 'acme' is switched off in the metrics database" in why(run(KEY, instance))
    database.execute(metrics.update().values(enabled=True))
    database.commit()
    assert run(KEY, instance).success


def test_an_unknown_aggregation_is_named(database: Connection, instance: dg.DagsterInstance) -> None:
    database.execute(metrics.update().values(aggregation="median"))
    database.commit()
    assert (
        "acme::day::revenue: aggregation 'median' of metric 'revenue' is unknown; allowed are sum, mean, last"
    ) in why(run(KEY, instance))


def test_an_empty_result_fails_its_check_and_the_rows_of_before_stay(
    database: Connection, snow: Snow, instance: dg.DagsterInstance
) -> None:
    assert run(KEY, instance).success
    database.execute(metric_values.delete())
    database.commit()
    result = run(KEY, instance)
    assert checks(result)["metric_semantic_values", "not_empty"] == (
        False,
        "acme::day::revenue: there are no values at all",
    )
    assert "not_empty" in why(result)
    assert snow.rows("METRICS_ACME_DAY") == ROWS


def test_a_date_that_is_there_twice_fails_its_check_and_nothing_is_loaded(
    database: Connection, snow: Snow, instance: dg.DagsterInstance
) -> None:
    twice = VALUES[3][0]
    row = {"tenant": "acme", "metric": "revenue", "day": twice, "value": 1.0}
    database.execute(metric_values.insert(), row)
    database.commit()
    result = run(KEY, instance)
    assert checks(result)["metric_semantic_values", "no_duplicate_dates"] == (
        False,
        f"acme::day::revenue: more than one value for {twice}",
    )
    assert "no_duplicate_dates" in why(result)
    assert not snow.run("SHOW TABLES")


def test_values_that_stopped_coming_warn_and_are_loaded_all_the_same(
    database: Connection, snow: Snow, instance: dg.DagsterInstance
) -> None:
    newest = TODAY - timedelta(days=4)
    database.execute(metric_values.delete().where(metric_values.c.day > newest))
    database.commit()
    result = run(KEY, instance)
    assert result.success
    assert checks(result)["snowflake_metric_cache", "fresh"] == (
        False,
        f"acme::day::revenue: the newest day is {newest}; the last within 2 days of {TODAY} is asked for",
    )
    assert len(snow.rows("METRICS_ACME_DAY")) == DAYS - 3


@pytest.mark.usefixtures("database")
def test_a_key_of_a_wrong_form_fails_the_run_by_name(instance: dg.DagsterInstance) -> None:
    instance.add_dynamic_partitions("metrics", ["acme-day-revenue"])
    assert (
        "partition key 'acme-day-revenue' has 1 parts; it must be tenant::grain::metric (acme::day::revenue). "
        "Delete the partition; partition_sync_sensor adds the right ones."
    ) in why(run("acme-day-revenue", instance))


def test_a_load_that_fails_half_way_leaves_the_rows_of_before_and_the_next_works(
    database: Connection, snow: Snow, instance: dg.DagsterInstance
) -> None:
    # A column too small for the new values: the INSERT fails, after the DELETE.
    snow.run("CREATE TABLE METRICS_ACME_DAY (METRIC VARCHAR, PERIOD DATE, VALUE NUMBER(5, 1))")
    assert run(KEY, instance).success
    database.execute(metric_values.update().where(metric_values.c.day == VALUES[-1][0]).values(value=1e9))
    database.commit()
    assert (f"acme::day::revenue: Snowflake (127.0.0.1, {snow.database}.PUBLIC) failed: ") in why(run(KEY, instance))
    assert [(row[0], row[1], float(row[2])) for row in snow.rows("METRICS_ACME_DAY")] == ROWS
    database.execute(metric_values.update().where(metric_values.c.day == VALUES[-1][0]).values(value=1.0))
    database.commit()
    assert run(KEY, instance).success
    assert float(snow.rows("METRICS_ACME_DAY")[-1][2]) == 1.0


@pytest.mark.usefixtures("database")
def test_a_metrics_database_out_of_reach_is_named_without_its_password_and_the_next_try_works(
    snow: Snow, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(KEY, instance).success
    before, reached = snow.rows("METRICS_ACME_DAY"), os.environ["METRICS_DATABASE_URL"]
    port = free_port()
    monkeypatch.setenv("METRICS_DATABASE_URL", f"postgresql+psycopg2://me:canary-of-metrics@127.0.0.1:{port}/metrics")
    said = why(run(KEY, instance))
    assert f"the metrics database at postgresql+psycopg2://me:***@127.0.0.1:{port}/metrics did not answer: " in said
    assert "canary-of-metrics" not in said
    assert snow.rows("METRICS_ACME_DAY") == before != []
    monkeypatch.setenv("METRICS_DATABASE_URL", reached)
    assert run(KEY, instance).success


def test_a_metrics_database_without_its_tables_is_named(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("METRICS_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    assert "empty.db did not answer: no such table: metrics. Nothing was loaded; try again." in why(run(KEY, instance))


@pytest.mark.parametrize("url", ["canary-of-metrics", "nosuch://me:canary-of-metrics@host/db"])
def test_a_url_that_is_none_is_refused_and_not_shown(
    url: str, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METRICS_DATABASE_URL", url)
    said = why(run(KEY, instance))
    assert "METRICS_DATABASE_URL is no SQLAlchemy URL of an installed driver" in said
    assert "canary-of-metrics" not in said


@pytest.mark.usefixtures("database")
def test_snowflake_out_of_reach_is_named_and_the_next_try_works(
    snow: Snow, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, snowflake_port: int
) -> None:
    monkeypatch.setenv("SNOWFLAKE_PORT", str(free_port()))
    said = why(run(KEY, instance))
    assert f"acme::day::revenue: Snowflake (127.0.0.1, {snow.database}.PUBLIC) failed: " in said
    assert "canary-of-snowflake" not in said
    monkeypatch.setenv("SNOWFLAKE_PORT", str(snowflake_port))
    assert run(KEY, instance).success


@pytest.mark.parametrize("name", ["METRICS_DATABASE_URL", "SNOWFLAKE_PASSWORD"])
@pytest.mark.usefixtures("database")
def test_a_secret_that_is_missing_is_named(
    name: str, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(dg.DagsterInvalidConfigError) as refused:
        run(KEY, instance)
    assert f'environment variable "{name}" which is not set' in str(refused.value)
