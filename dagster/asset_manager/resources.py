"""What the assets are given, from the environment."""

from __future__ import annotations

import os

import dagster as dg

from asset_manager.metrics_database import MetricsDatabase
from asset_manager.snowflake import Snowflake
from asset_manager.storage import storage


def resources() -> dict[str, object]:
    """Secrets are EnvVar: read when a run needs them, shown by name in the UI, and missed by name."""
    port = os.environ.get("SNOWFLAKE_PORT")
    return {
        "io_manager": storage(),
        "metrics_database": MetricsDatabase(url=dg.EnvVar("METRICS_DATABASE_URL")),
        "snowflake": Snowflake(
            account=dg.EnvVar("SNOWFLAKE_ACCOUNT"),
            user=dg.EnvVar("SNOWFLAKE_USER"),
            password=dg.EnvVar("SNOWFLAKE_PASSWORD"),
            database=dg.EnvVar("SNOWFLAKE_DATABASE"),
            schema_name=dg.EnvVar("SNOWFLAKE_SCHEMA"),
            warehouse=dg.EnvVar("SNOWFLAKE_WAREHOUSE"),
            host=os.environ.get("SNOWFLAKE_HOST"),
            port=int(port) if port else None,
            protocol=os.environ.get("SNOWFLAKE_PROTOCOL"),
        ),
    }
