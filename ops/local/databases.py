"""Databases in the local Postgres: an operator makes one for each environment, before it is deployed."""

from __future__ import annotations

import sqlalchemy

from settings.side_by_side import load_all


def of_environments(account_id: str) -> list[str]:
    """Those that the environments of this account name, each once; a file that is not acceptable names none."""
    good, _ = load_all()
    return sorted({settings.database.name for settings in good.values() if settings.account_id == account_id})


def create(url: str, name: str) -> bool:
    """Make it on the server at `url` unless it is there; whether it was made."""
    server = sqlalchemy.create_engine(sqlalchemy.make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            of_that_name = sqlalchemy.text("SELECT 1 FROM pg_database WHERE datname = :name")
            known = connection.execute(of_that_name, {"name": name})
            if known.scalar():
                return False
            connection.execute(sqlalchemy.text(f'CREATE DATABASE "{name}"'))
            return True
    finally:
        server.dispose()
