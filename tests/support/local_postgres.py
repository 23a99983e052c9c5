"""What a client asks of the laptop's Postgres."""

from __future__ import annotations

import secrets
from contextlib import closing
from typing import Any

import psycopg2  # type: ignore[import-untyped]

from local_aws.postgres.postgres import Postgres

PASSWORD = "canary it's \\ " + secrets.token_hex(8)  # with what SQL and a shell would trip over


def connect(server: Postgres, password: str = PASSWORD, sslmode: str = "require") -> Any:
    return psycopg2.connect(
        host="127.0.0.1",
        port=server.port,
        dbname="postgres",
        user="postgres",
        password=password,
        sslmode=sslmode,
        connect_timeout=10,
    )


def query(server: Postgres, sql: str, *values: object, password: str = PASSWORD) -> Any:
    with closing(connect(server, password)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchone() if cursor.description else None
