"""What the probe of connections prints where nothing is reached, as ECS runs it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import yaml
from sqlalchemy.exc import OperationalError

from ops.aws.probe import command, decoded
from ops.checking.causes import connection_probe
from ops.checking.causes.connection import SCRIPT, explain

CANARY = "canary-5Vd8"


def probed(metrics_database_url: str) -> Any:
    """What it finds as ECS runs it, where nothing is reached."""
    document = {"compute_logs": {"config": {"bucket": "b", "prefix": "logs", "region": "us-west-1"}}}
    environ = {
        **{f"DAGSTER_PG_{name}": value for name, value in (("PORT", "1"), ("DB", "d"), ("USER", "u"))},
        "DAGSTER_PG_HOST": "127.0.0.1",
        "DAGSTER_PG_PASSWORD": CANARY,
        "METRICS_DATABASE_URL": metrics_database_url,
        "SNOWFLAKE_HOST": "127.0.0.1",
        "SNOWFLAKE_PORT": "1",
        "DAGSTER_YAML": yaml.safe_dump(document),
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": CANARY,
    }
    done = subprocess.run(
        [sys.executable, "-P", *command(SCRIPT)[1:]], env=environ, capture_output=True, text=True, check=True
    )
    assert CANARY not in done.stdout + done.stderr
    return decoded(done.stdout.splitlines())


def test_the_probe_reports_each_part_whatever_the_others_met_and_no_secret() -> None:
    found = probed(f"nodriver://u:{CANARY}@127.0.0.1:1/metrics")
    assert set(found) == {"database", "metrics", "snowflake", "bucket"}
    assert explain(found["database"]["error"])[0] == "nothing listens there"
    assert explain(found["snowflake"]["error"])[0] == "nothing listens there"
    assert explain(found["bucket"]["error"])[0] == "AWS's API is out of reach"
    assert found["metrics"]["error"] == "ValueError: METRICS_DATABASE_URL is no SQLAlchemy URL: NoSuchModuleError"


def test_a_metrics_database_that_is_not_there_is_reported_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METRICS_DATABASE_URL", f"postgresql+psycopg2://u:{CANARY}@127.0.0.1:1/metrics")
    with pytest.raises(OperationalError) as refused:
        connection_probe.metrics()
    assert explain(str(refused.value.orig))[0] == "nothing listens there"
    assert CANARY not in str(refused.value)
