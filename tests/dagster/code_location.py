"""What the tests of the code location share: sample days, a look into the cache, and one run."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg
import snowflake.connector

from asset_manager.assets import metric_semantic_values, snowflake_metric_cache
from asset_manager.resources import resources

TODAY = datetime.now(UTC).date()
DAYS = 10
VALUES = [(TODAY - timedelta(days=days), 100.0 + days) for days in range(DAYS, 0, -1)]


class Snow:
    """A connection of the tests' own."""

    def __init__(self, port: int, database: str) -> None:
        self.database = database
        self._connection = snowflake.connector.connect(
            account="local",
            user="test",
            password="test",  # noqa: S106  the stand-in takes any
            host="127.0.0.1",
            port=port,
            protocol="http",
            database=database,
            schema="PUBLIC",
            network_timeout=10,
        )

    def run(self, statement: str) -> list[Any]:
        return list(self._connection.cursor().execute(statement).fetchall())  # type: ignore[union-attr]

    def rows(self, table: str) -> list[tuple[str, date, float]]:
        return self.run(f"SELECT METRIC, PERIOD, VALUE FROM {table} ORDER BY 1, 2")  # noqa: S608

    def close(self) -> None:
        self._connection.close()


def run(key: str, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    """Both assets of one partition, as a run does them."""
    return dg.materialize(
        [metric_semantic_values, snowflake_metric_cache],
        partition_key=key,
        instance=instance,
        resources=resources(),
        raise_on_error=False,
    )


def why(result: dg.ExecuteInProcessResult) -> str:
    """The message of the first step that failed, as the UI shows it, causes and user messages included."""
    assert not result.success
    failure = next(event for event in result.all_events if event.is_step_failure).step_failure_data
    said = [failure.user_failure_data.description or ""] if failure.user_failure_data else []
    error = failure.error
    while error:
        said.append(error.message)
        error = error.cause
    return "\n".join(said)


def checks(result: dg.ExecuteInProcessResult) -> dict[tuple[str, str], tuple[bool, str | None]]:
    """Asset and check -> passed, and what it says."""
    return {
        (check.asset_key.to_user_string(), check.check_name): (check.passed, check.description)
        for check in result.get_asset_check_evaluations()
    }
