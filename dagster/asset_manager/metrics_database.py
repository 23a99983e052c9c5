"""The metrics database: where values come from. Any database that SQLAlchemy speaks to; it is only read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from sqlalchemy import Connection, create_engine, make_url, select
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from asset_manager.metrics_tables import metric_values, metrics
from asset_manager.partition_key import PartitionKey
from asset_manager.periods import AGGREGATIONS, Values


class MetricsDatabase(dg.ConfigurableResource[None]):
    """The tenants' metrics and their daily values."""

    url: str

    def switched_on(self) -> list[tuple[str, str]]:
        """Tenant and metric of everything that is to be cached."""
        with self._connection() as connection:
            rows = connection.execute(select(metrics.c.tenant, metrics.c.metric).where(metrics.c.enabled))
            return sorted((tenant, metric) for tenant, metric in rows)

    def aggregation(self, key: PartitionKey) -> str:
        """How the metric's days become weeks and months; refuses a metric that vanished or was switched off."""
        wanted = (metrics.c.tenant == key.tenant) & (metrics.c.metric == key.metric)
        with self._connection() as connection:
            row = connection.execute(select(metrics.c.aggregation, metrics.c.enabled).where(wanted)).one_or_none()
        if row is None or not row.enabled:
            happened = "is not in the metrics database" if row is None else "is switched off in the metrics database"
            raise dg.Failure(
                f"{key}: metric '{key.metric}' of tenant '{key.tenant}' {happened}. It was there when the partitions "
                "were synced; partition_sync_sensor removes this partition within five minutes. Nothing was loaded.",
                allow_retries=False,
            )
        if row.aggregation not in AGGREGATIONS:
            raise dg.Failure(
                f"{key}: aggregation '{row.aggregation}' of metric '{key.metric}' is unknown; "
                f"allowed are {', '.join(AGGREGATIONS)}. Correct it in table metrics.",
                allow_retries=False,
            )
        return str(row.aggregation)

    def days(self, key: PartitionKey) -> Values:
        """Every daily value of the metric, in order of time, duplicates included."""
        wanted = (metric_values.c.tenant == key.tenant) & (metric_values.c.metric == key.metric)
        query = select(metric_values.c.day, metric_values.c.value).where(wanted).order_by(metric_values.c.day)
        with self._connection() as connection:
            return [(day, float(value)) for day, value in connection.execute(query)]

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """A connection; what goes wrong on it says where, and never the password."""
        try:
            url = make_url(self.url)
            engine = create_engine(url, poolclass=NullPool)
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            # SQLAlchemy's own message may repeat the whole value, and a password is in it.
            raise dg.Failure(
                "METRICS_DATABASE_URL is no SQLAlchemy URL of an installed driver "
                f"({type(error).__name__}); it must look like postgresql+psycopg2://user:password@host:5432/database"
            ) from None
        try:
            with engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            where = url.render_as_string(hide_password=True)
            raise dg.Failure(
                f"the metrics database at {where} did not answer: {cause}. Nothing was loaded; try again."
            ) from None
