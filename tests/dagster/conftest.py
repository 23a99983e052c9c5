"""One Snowflake stand-in a session, as a process of its own; a fresh metrics database and Dagster instance a test."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import dagster as dg
import pytest
from sqlalchemy import Connection, create_engine

from asset_manager.metrics_tables import metric_values, metrics, schema
from tests.dagster.code_location import VALUES, Snow
from tests.support.ports import free_port

SNOWFLAKE = {
    "SNOWFLAKE_ACCOUNT": "local",
    "SNOWFLAKE_USER": "someone",
    "SNOWFLAKE_PASSWORD": "canary-of-snowflake",
    "SNOWFLAKE_SCHEMA": "PUBLIC",
    "SNOWFLAKE_WAREHOUSE": "SMALL",
    "SNOWFLAKE_HOST": "127.0.0.1",
    "SNOWFLAKE_PROTOCOL": "http",
}


@pytest.fixture(scope="session")
def snowflake_port() -> Iterator[int]:
    port = free_port()
    # A process: what it warns of while serving is not this session's error.
    server = subprocess.Popen(
        [sys.executable, "-P", "-m", "local_aws.snowflake", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            assert server.poll() is None, "the local Snowflake ended while it started"
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        else:
            pytest.fail("the local Snowflake did not listen within 30 seconds")
        yield port
    finally:
        server.kill()
        server.wait()


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """A metrics database with acme's revenue in it; a change is seen by the code location once committed."""
    url = f"sqlite:///{tmp_path / 'metrics.db'}"
    monkeypatch.setenv("METRICS_DATABASE_URL", url)
    engine = create_engine(url)
    with engine.connect() as connection:
        schema.create_all(connection)
        revenue = {"tenant": "acme", "metric": "revenue"}
        connection.execute(metrics.insert(), {**revenue, "aggregation": "sum", "enabled": True})
        connection.execute(metric_values.insert(), [{**revenue, "day": day, "value": value} for day, value in VALUES])
        connection.commit()
        yield connection
    engine.dispose()


@pytest.fixture
def snow(snowflake_port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Snow]:
    """The cache as the code location sees it: a database of the test's own."""
    database = f"CACHE_{uuid4().hex}".upper()
    for name, value in {**SNOWFLAKE, "SNOWFLAKE_PORT": str(snowflake_port), "SNOWFLAKE_DATABASE": database}.items():
        monkeypatch.setenv(name, value)
    # Short, so that a refusal is.
    monkeypatch.setattr("asset_manager.snowflake.LOGIN_SECONDS", 5)
    monkeypatch.setattr("asset_manager.snowflake.NETWORK_SECONDS", 5)
    monkeypatch.delenv("DAGSTER_S3_BUCKET", raising=False)
    snow = Snow(snowflake_port, database)
    yield snow
    snow.close()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test(temp_dir=str(tmp_path)) as instance:
        instance.add_dynamic_partitions("metrics", ["acme::day::revenue", "acme::week::revenue"])
        yield instance
