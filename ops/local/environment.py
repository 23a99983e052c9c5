"""The variables that make a process reach the local AWS, and no other."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import quote

from local_aws.config import HOST
from ops.console.errors import CommandLineError

DEPLOYED = "prod"  # by `make local`: the very JSON that production gets
# Of the caller's variables only these pass. Everything else that names an AWS (profiles, tokens, endpoints of single
# services) or fills a Terraform variable stays outside: nothing may reach the real one, nor anything of it come here.
PASSED = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TERM", "USER", "XDG_CACHE_HOME", "SSL_CERT_FILE", "NO_COLOR")
# For the registry, where the provider comes from it; the local AWS itself is never behind a proxy.
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
FASTEST = 100


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Where the laptop's servers listen, each on 127.0.0.1."""

    aws: int
    web: int
    postgres: int
    snowflake: int


def ports() -> Ports:
    """From LOCAL_AWS_PORT and its like, checked."""
    return Ports(
        aws=_port("LOCAL_AWS_PORT", 4566),
        web=_port("LOCAL_WEB_PORT", 3000),
        postgres=_port("LOCAL_POSTGRES_PORT", 5433),
        snowflake=_port("LOCAL_SNOWFLAKE_PORT", 4567),
    )


def speed() -> int:
    """From LOCAL_AWS_SPEED, checked: how many times faster than on AWS the local AWS's own intervals pass.

    At 10 a target is healthy after 3 to 6 seconds instead of 30 to 60, and a request has 3 seconds to end on a task
    that is replaced.
    """
    given = os.environ.get("LOCAL_AWS_SPEED", "10")
    if not given.isdecimal() or not 1 <= int(given) <= FASTEST:
        raise CommandLineError(f"LOCAL_AWS_SPEED={given} is no speed: a whole number, 1 (as on AWS) to {FASTEST}.")
    return int(given)


def _port(variable: str, default: int) -> int:
    given = os.environ.get(variable, str(default))
    if not given.isdecimal() or not 1024 <= int(given) <= 65535:  # noqa: PLR2004
        raise CommandLineError(f"{variable}={given} is no port to listen on: a whole number, 1024 to 65535.")
    return int(given)


def variables(ports: Ports) -> dict[str, str]:
    """The Terraform variables in which a laptop differs: where its servers are."""
    return {
        "TF_VAR_dagster_pg_host": HOST,
        "TF_VAR_dagster_pg_port": str(ports.postgres),
        "TF_VAR_snowflake_host": HOST,
        "TF_VAR_snowflake_port": str(ports.snowflake),
        "TF_VAR_snowflake_protocol": "http",
    }


def secrets(ports: Ports) -> dict[str, str]:
    """Its secrets, which are none: made up, or LOCAL_<name>. Never the caller's TF_VAR_<name>, which may be real."""
    names = ("AUTH0_CLIENT_SECRET", "DAGSTER_PG_PASSWORD", "SNOWFLAKE_PASSWORD")
    made_up = {name: os.environ.get(f"LOCAL_{name}", f"local-{name.lower()}") for name in names}
    url = metrics_database_url(ports, made_up["DAGSTER_PG_PASSWORD"])
    return {f"TF_VAR_{name.lower()}": value for name, value in {**made_up, "METRICS_DATABASE_URL": url}.items()}


def metrics_database_url(ports: Ports, password: str) -> str:
    """The sample metrics: a database of its own in the local Postgres."""
    return f"postgresql+psycopg2://postgres:{quote(password, safe='')}@{HOST}:{ports.postgres}/metrics?sslmode=require"


def passed() -> dict[str, str]:
    """The caller's harmless variables."""
    found = {name: os.environ[name] for name in (*PASSED, *PROXIES) if name in os.environ}
    return {**found, "NO_PROXY": HOST, "no_proxy": HOST}
