"""The two tables (or views) of the metrics database that this code location reads. Imports no Dagster."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Float, Index, MetaData, String, Table

schema = MetaData()

metrics = Table(
    "metrics",
    schema,
    Column("tenant", String(63), primary_key=True),
    Column("metric", String(63), primary_key=True),
    Column("aggregation", String(8), nullable=False),  # how days become weeks and months: sum, mean or last
    Column("enabled", Boolean, nullable=False),
)

# Without a unique key on purpose: in the field this is a view, which promises nothing; an asset check looks instead.
metric_values = Table(
    "metric_values",
    schema,
    Column("tenant", String(63), nullable=False),
    Column("metric", String(63), nullable=False),
    Column("day", Date, nullable=False),
    Column("value", Float, nullable=False),
    Index("metric_values_of_a_metric", "tenant", "metric", "day"),
)
