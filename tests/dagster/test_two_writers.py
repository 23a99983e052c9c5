"""Loads that meet in the cache: each ends well, on the server that `make local` starts."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from snowflake.connector.errors import ProgrammingError

from asset_manager.partition_key import PartitionKey
from asset_manager.resources import resources
from asset_manager.snowflake import Snowflake
from tests.dagster.code_location import VALUES, Snow

AT_ONCE = 4


def cache() -> Snowflake:
    """The resource, with its variables read, as a run has it."""
    made = resources()["snowflake"]
    assert isinstance(made, Snowflake)
    return made.process_config_and_initialize()  # type: ignore[return-value]


def at_once(load: Callable[[int], None]) -> None:
    """Call it in as many threads, which begin together; raises what any of them raises."""
    together = Barrier(AT_ONCE)

    def begin(n: int) -> None:
        together.wait(30)
        load(n)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(begin, range(AT_ONCE)))


def test_loads_of_one_partition_at_once_leave_its_rows_once(snow: Snow) -> None:
    key = PartitionKey.parse("acme::day::revenue")
    for _ in ("the first, which create the table", "later ones"):
        at_once(lambda _: cache().replace(key, VALUES))
        assert snow.rows("METRICS_ACME_DAY") == [("revenue", day, value) for day, value in VALUES]


def test_loads_of_several_metrics_of_one_table_at_once_leave_the_rows_of_each(snow: Snow) -> None:
    for _ in ("the first, which create the table", "later ones"):
        at_once(lambda n: cache().replace(PartitionKey.parse(f"acme::day::metric_{n}"), VALUES))
        metrics = [f"metric_{n}" for n in range(AT_ONCE)]
        assert snow.rows("METRICS_ACME_DAY") == [(metric, day, value) for metric in metrics for day, value in VALUES]


def test_what_the_server_did_not_foresee_is_an_error_that_is_not_repeated(snow: Snow) -> None:
    snow.run("CREATE TABLE T (N INT NOT NULL)")
    with pytest.raises(ProgrammingError, match="ConstraintException"):  # an HTTP 500 would be repeated, and not say
        snow.run("INSERT INTO T VALUES (NULL)")
    with pytest.raises(ProgrammingError, match=r"its log, snowflake\.log"):
        snow.run("SELECT 'no end")  # not even executed


def test_a_commit_after_a_failed_statement_reports_that_the_rows_are_lost(snow: Snow) -> None:
    snow.run("CREATE TABLE T (N INT NOT NULL)")
    snow.run("BEGIN -- a comment")
    snow.run("INSERT INTO T VALUES (1)")
    with pytest.raises(ProgrammingError, match="ConstraintException"):
        snow.run("INSERT INTO T VALUES (NULL)")
    with pytest.raises(ProgrammingError, match="rolled back: a statement in it failed"):
        snow.run("COMMIT -- a comment")
    assert snow.run("SELECT N FROM T") == []
