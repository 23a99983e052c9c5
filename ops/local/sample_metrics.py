"""The sample metrics database: the CSV files of sample/, in a database of the local Postgres."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy

from sample.load import load as load_csv


def load(url: str) -> None:
    """Make the database at `url` hold the sample as of today; one that does already is made so again, in a second."""
    target = sqlalchemy.make_url(url)
    server = sqlalchemy.create_engine(target.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        there = connection.execute(
            sqlalchemy.text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": target.database}
        )
        if not there.scalar():
            connection.execute(sqlalchemy.text(f'CREATE DATABASE "{target.database}"'))
    server.dispose()
    load_csv(url, datetime.now(UTC).date())
