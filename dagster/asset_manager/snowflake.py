"""Snowflake: where the cached values go. One table a tenant and grain; a metric's rows change all at once or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import dagster as dg

from asset_manager.partition_key import PartitionKey
from asset_manager.periods import Values

if TYPE_CHECKING:
    from snowflake.connector import SnowflakeConnection
    from snowflake.connector.cursor import SnowflakeCursor

BATCH = 2000  # rows in one INSERT; Snowflake takes 16,384 at most
LOGIN_SECONDS = 20  # else a host that is out of reach holds a run for minutes,
NETWORK_SECONDS = 120  # and one that goes silent, for ever


def table_of(key: PartitionKey) -> str:
    """The table that holds the key's rows, with those of the tenant's other metrics at this grain."""
    return f"METRICS_{key.tenant}_{key.grain}".upper()


class Snowflake(dg.ConfigurableResource[None]):
    """The cache. `host`, `port` and `protocol` are for a stand-in only: the account says where Snowflake is."""

    account: str
    user: str
    password: str
    database: str
    schema_name: str
    warehouse: str
    host: str | None = None
    port: int | None = None
    protocol: str | None = None

    def replace(self, key: PartitionKey, values: Values) -> None:
        """Make `values` the rows of the key; on any failure the rows of before stay.

        Dagster's queue starts one run of a partition at a time (tag_concurrency_limits in dagster.yaml). Runs outside
        that queue are safe too, except two first loads: Snowflake makes the second DELETE wait for the first
        transaction, but a DELETE that finds no row has nothing to wait for. Then every date is there twice, the check
        no_duplicate_dates of the key reports it, and the next run corrects it.
        """
        table, rows = table_of(key), [(key.metric, day.isoformat(), value) for day, value in values]
        with self._cursor(key) as cursor:
            # Before BEGIN: a DDL statement commits the transaction it stands in.
            cursor.execute(f"CREATE TABLE IF NOT EXISTS {table} (METRIC VARCHAR, PERIOD DATE, VALUE DOUBLE)")
            cursor.execute("BEGIN")
            try:
                cursor.execute(f"DELETE FROM {table} WHERE METRIC = %s", (key.metric,))  # noqa: S608  checked names
                for start in range(0, len(rows), BATCH):
                    cursor.executemany(
                        f"INSERT INTO {table} (METRIC, PERIOD, VALUE) VALUES (%s, %s, %s)",  # noqa: S608
                        rows[start : start + BATCH],
                    )
                cursor.execute("COMMIT")
            except BaseException:
                cursor.execute("ROLLBACK")
                raise

    def read(self, key: PartitionKey) -> Values:
        """The rows of the key as Snowflake holds them, in order of time."""
        query = f"SELECT PERIOD, VALUE FROM {table_of(key)} WHERE METRIC = %s ORDER BY PERIOD"  # noqa: S608
        with self._cursor(key) as cursor:
            cursor.execute(query, (key.metric,))
            return [(day, float(value)) for day, value in cursor.fetchall()]

    @contextmanager
    def _cursor(self, key: PartitionKey) -> Iterator[SnowflakeCursor]:
        """A cursor; what Snowflake refuses becomes a failure that says where and what."""
        from snowflake.connector.errors import Error  # noqa: PLC0415  see _connection

        try:
            with self._connection() as connection:
                yield connection.cursor()
        except Error as error:
            where = self.host or f"account {self.account}"
            raise dg.Failure(
                f"{key}: Snowflake ({where}, {self.database}.{self.schema_name}) failed: "
                f"{str(error.msg).strip()}. The rows of before are unchanged; try again."
            ) from None

    @contextmanager
    def _connection(self) -> Iterator[SnowflakeConnection]:
        # Imported here: the web server, the daemon and the first event of a run need not wait for it.
        from snowflake.connector import connect  # noqa: PLC0415

        stand_in = {"host": self.host, "port": self.port, "protocol": self.protocol}
        connection = connect(
            account=self.account,
            user=self.user,
            password=self.password,
            database=self.database,
            schema=self.schema_name,
            warehouse=self.warehouse,
            login_timeout=LOGIN_SECONDS,
            network_timeout=NETWORK_SECONDS,
            **{name: value for name, value in stand_in.items() if value is not None},
        )
        with closing(connection):
            yield connection
