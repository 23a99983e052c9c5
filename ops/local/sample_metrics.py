"""The sample metrics database: the CSV files of sample/, in a database of the local Postgres."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy

from ops.local import databases
from sample.load import load as load_csv


def load(url: str) -> None:
    """Make the database at `url` hold the sample as of today; one that does already is made so again, in a second."""
    databases.create(url, sqlalchemy.make_url(url).database or "")
    load_csv(url, datetime.now(UTC).date())
