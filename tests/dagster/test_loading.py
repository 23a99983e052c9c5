"""A partition goes from the metrics database into Snowflake, whole, once, and described."""

from __future__ import annotations

import dagster as dg
import pytest
from sqlalchemy import Connection

from asset_manager.metrics_tables import metric_values
from asset_manager.periods import by_period
from tests.dagster.code_location import DAYS, VALUES, Snow, checks, run

pytestmark = pytest.mark.usefixtures("snow")

ROWS = [("revenue", day, value) for day, value in VALUES]


@pytest.mark.usefixtures("database")
def test_a_run_loads_the_partition_and_reports_what_it_loaded(snow: Snow, instance: dg.DagsterInstance) -> None:
    result = run("acme::day::revenue", instance)
    assert result.success
    assert snow.rows("METRICS_ACME_DAY") == ROWS
    [made] = result.asset_materializations_for_node("snowflake_metric_cache")
    told = {name: value.value for name, value in made.metadata.items()}
    assert told["dagster/row_count"] == DAYS
    assert told["time_span"] == f"{VALUES[0][0]} to {VALUES[-1][0]}"
    assert told["table"] == "METRICS_ACME_DAY"
    assert told["preview"] == "| period | value |\n|---|---:|\n" + "\n".join(
        f"| {day} | {value:g} |" for day, value in VALUES[-5:]
    )
    assert {name: passed for name, (passed, _) in checks(result).items()} == {
        ("metric_semantic_values", "not_empty"): True,
        ("metric_semantic_values", "no_duplicate_dates"): True,
        ("snowflake_metric_cache", "not_empty"): True,
        ("snowflake_metric_cache", "no_duplicate_dates"): True,
        ("snowflake_metric_cache", "fresh"): True,
    }


@pytest.mark.usefixtures("database")
def test_a_second_run_leaves_the_same_rows(snow: Snow, instance: dg.DagsterInstance) -> None:
    assert run("acme::day::revenue", instance).success
    assert run("acme::day::revenue", instance).success
    assert snow.rows("METRICS_ACME_DAY") == ROWS


def test_a_corrected_and_a_withdrawn_value_are_so_in_the_cache_too(
    database: Connection, snow: Snow, instance: dg.DagsterInstance
) -> None:
    assert run("acme::day::revenue", instance).success
    (first, _), (second, _), *rest = VALUES
    database.execute(metric_values.delete().where(metric_values.c.day == first))
    database.execute(metric_values.update().where(metric_values.c.day == second).values(value=7.5))
    database.commit()
    assert run("acme::day::revenue", instance).success
    assert snow.rows("METRICS_ACME_DAY") == [("revenue", second, 7.5), *(("revenue", *pair) for pair in rest)]


@pytest.mark.usefixtures("database")
def test_another_metric_of_the_same_table_is_left_alone(snow: Snow, instance: dg.DagsterInstance) -> None:
    assert run("acme::day::revenue", instance).success
    snow.run("INSERT INTO METRICS_ACME_DAY VALUES ('orders', '2024-01-01', 1)")
    assert run("acme::day::revenue", instance).success
    assert [row[0] for row in snow.rows("METRICS_ACME_DAY")] == ["orders", *["revenue"] * DAYS]


@pytest.mark.usefixtures("database")
def test_a_week_is_a_table_of_its_own(snow: Snow, instance: dg.DagsterInstance) -> None:
    assert run("acme::week::revenue", instance).success
    assert snow.rows("METRICS_ACME_WEEK") == [("revenue", *pair) for pair in by_period(VALUES, "week", "sum")]


@pytest.mark.usefixtures("database")
def test_values_wait_between_the_assets_in_folders_named_by_the_key(instance: dg.DagsterInstance) -> None:
    assert run("acme::day::revenue", instance).success
    below = instance.storage_directory()
    with open(f"{below}/io/metric_semantic_values/acme/day/revenue", "rb") as file:  # noqa: PTH123
        assert file.read()
