"""The two assets: a partition's values out of the metrics database, and into Snowflake."""

# No `from __future__ import annotations`: Dagster looks at the annotation of `context` and refuses a string.
# And the assets yield: a MaterializeResult that is returned with a value is taken for one without.

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from asset_manager import checks
from asset_manager.metrics_database import MetricsDatabase
from asset_manager.partition_key import PartitionKey, PartitionKeyError
from asset_manager.partitions import metric_partitions
from asset_manager.periods import Values, by_period
from asset_manager.snowflake import Snowflake, table_of

PREVIEW_ROWS = 5


def partition_key(context: dg.AssetExecutionContext) -> PartitionKey:
    """The key of the partition being made; one of a wrong form, added by hand, fails the run and is not retried."""
    try:
        return PartitionKey.parse(context.partition_key)
    except PartitionKeyError as error:
        raise dg.Failure(f"{error}. Delete the partition; partition_sync_sensor adds the right ones.") from None


def preview(values: Values) -> str:
    """The newest rows as a Markdown table."""
    rows = [f"| {day} | {value:g} |" for day, value in values[-PREVIEW_ROWS:]]
    return "\n".join(["| period | value |", "|---|---:|", *rows])


def described(values: Values) -> dict[str, dg.MetadataValue]:
    """Row count, time span and preview, as the UI shows them."""
    span = f"{values[0][0]} to {values[-1][0]}" if values else "no rows"
    return {
        "dagster/row_count": dg.MetadataValue.int(len(values)),
        "time_span": dg.MetadataValue.text(span),
        "preview": dg.MetadataValue.md(preview(values)),
    }


# Blocking: bad source data stops before Snowflake, and the former rows stay.
@dg.asset(
    partitions_def=metric_partitions,
    group_name="metrics",
    kinds={"sql"},
    check_specs=[
        dg.AssetCheckSpec("not_empty", asset="metric_semantic_values", blocking=True),
        dg.AssetCheckSpec("no_duplicate_dates", asset="metric_semantic_values", blocking=True),
    ],
)
def metric_semantic_values(
    context: dg.AssetExecutionContext, metrics_database: MetricsDatabase
) -> Iterator[dg.MaterializeResult[Values]]:
    """A metric's values at the partition's grain, from the metrics database."""
    key = partition_key(context)
    aggregation = metrics_database.aggregation(key)
    days = metrics_database.days(key)
    dates = [day for day, _ in days]
    values = by_period(days, key.grain, aggregation)
    yield dg.MaterializeResult(
        value=values,
        metadata=described(values),
        check_results=[checks.not_empty(key, dates), checks.no_duplicate_dates(key, dates)],
    )


@dg.asset(
    partitions_def=metric_partitions,
    group_name="metrics",
    kinds={"snowflake"},
    check_specs=[
        dg.AssetCheckSpec("not_empty", asset="snowflake_metric_cache"),
        dg.AssetCheckSpec("no_duplicate_dates", asset="snowflake_metric_cache"),
        dg.AssetCheckSpec("fresh", asset="snowflake_metric_cache"),
    ],
)
def snowflake_metric_cache(
    context: dg.AssetExecutionContext, snowflake: Snowflake, metric_semantic_values: Values
) -> Iterator[dg.MaterializeResult[None]]:
    """The same values in the tenant's Snowflake table of this grain; the metadata are read back from it."""
    key = partition_key(context)
    snowflake.replace(key, metric_semantic_values)
    values = snowflake.read(key)
    dates = [day for day, _ in values]
    yield dg.MaterializeResult(
        metadata={**described(values), "table": dg.MetadataValue.text(table_of(key))},
        check_results=[
            checks.not_empty(key, dates),
            checks.no_duplicate_dates(key, dates),
            checks.fresh(key, dates, datetime.now(UTC).date()),
        ],
    )
