"""`python -m sample.load URL`: puts the CSV files into any database that SQLAlchemy speaks to."""

from __future__ import annotations

import csv
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine

from asset_manager.metrics_tables import metric_values, metrics, schema

FOLDER = Path(__file__).parent


def load(url: str, today: date) -> int:
    """Make the sample what the two tables hold, all at once, up to the day before `today`; says how many values.

    The files count days backwards, so that the sample is as fresh on the day it is loaded as it ever was.
    """
    about, values = [], []
    for path in sorted(FOLDER.glob("*.csv")):
        with path.open(newline="") as file:
            header, *rows = csv.reader(file)
        for column, name in enumerate(header[1:], start=1):
            metric, aggregation = name.split(":")
            owner = {"tenant": path.stem, "metric": metric}
            about.append({**owner, "aggregation": aggregation, "enabled": True})
            values += [
                {**owner, "day": today - timedelta(days=int(row[0])), "value": float(row[column])} for row in rows
            ]
    engine = create_engine(url)
    with engine.begin() as connection:
        schema.create_all(connection)
        for table, content in ((metrics, about), (metric_values, values)):
            connection.execute(table.delete())
            connection.execute(table.insert(), content)
    engine.dispose()
    return len(values)


def main() -> None:
    """Load into the database that the first argument names."""
    if len(sys.argv) != 2:  # noqa: PLR2004  the program and the URL
        sys.exit("usage: python -m sample.load SQLALCHEMY_URL")
    print(f"{load(sys.argv[1], datetime.now(UTC).date())} values loaded")


if __name__ == "__main__":
    main()
