"""Runs in a one-off task (`ops.aws.probe`) with the daemon's variables, role and network: what does it reach?

It imports only what the image has. Its answer holds no secret.
"""

from __future__ import annotations

import os
import socket

import boto3
import psycopg2  # type: ignore[import-untyped]
import yaml
from botocore.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

SECONDS = 10

Found = dict[str, object]


def database() -> Found:
    """Dagster's database. `tls` is this end's connection; behind a pooler, the server has another one."""
    names = {"host": "HOST", "port": "PORT", "dbname": "DB", "user": "USER", "password": "PASSWORD"}
    given = {key: os.environ[f"DAGSTER_PG_{name}"] for key, name in names.items()}
    connection = psycopg2.connect(**given)
    cursor = connection.cursor()
    # pg_stat_activity shows all to a superuser only, numbackends to everybody.
    cursor.execute(
        "SELECT current_setting('server_version'), current_setting('max_connections')::int, "
        "(SELECT sum(numbackends) FROM pg_stat_database)::int"
    )
    version, limit, used = cursor.fetchone() or ("", 0, 0)
    tls = connection.info.ssl_attribute("protocol") if connection.info.ssl_in_use else None
    connection.close()
    return {"version": version, "tls": tls, "limit": limit, "used": used}


def metrics() -> Found:
    try:
        engine = create_engine(os.environ["METRICS_DATABASE_URL"], poolclass=NullPool)
    except Exception as error:  # its message may repeat the URL, and a password is in that
        raise ValueError(f"METRICS_DATABASE_URL is no SQLAlchemy URL: {type(error).__name__}") from None
    if "@" in f"{engine.url.host}{engine.url.database}":  # that is the end of a password
        raise ValueError("METRICS_DATABASE_URL: its password has an @ or a / that is not written as %40 or %2F")
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    return {"where": f"{engine.url.host}:{engine.url.port}/{engine.url.database}"}


def snowflake() -> Found:
    """Only the host's port is tried: a session would start a warehouse."""
    host, port = os.environ["SNOWFLAKE_HOST"], int(os.environ["SNOWFLAKE_PORT"])
    socket.create_connection((host, port), SECONDS).close()
    return {"where": f"{host}:{port}"}


def bucket() -> Found:
    """The folder of the compute logs; the role may list no other."""
    config = yaml.safe_load(os.environ["DAGSTER_YAML"])["compute_logs"]["config"]
    patience = Config(connect_timeout=SECONDS, read_timeout=SECONDS, retries={"total_max_attempts": 2})
    s3 = boto3.client("s3", region_name=config["region"], config=patience)
    s3.list_objects_v2(Bucket=config["bucket"], Prefix=f"{config['prefix']}/", MaxKeys=1)
    return {"where": config["bucket"]}


def answer() -> dict[str, Found]:
    """What each of the four found, or its `error`."""
    os.environ["PGCONNECT_TIMEOUT"] = str(SECONDS)  # libpq's, for both databases
    found: dict[str, Found] = {}
    for part in (database, metrics, snowflake, bucket):
        try:
            found[part.__name__] = part()
        except Exception as error:
            said = f"{type(error).__name__}: {getattr(error, 'orig', None) or error}"
            found[part.__name__] = {"error": " ".join(said.split())[:500]}
    return found
