"""Whether a task of the deployment reaches its databases, Snowflake and S3; a one-off task tries it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ops.aws.ecs import described
from ops.aws.probe import TaskFailedError, run_script
from ops.aws.stopped import cause, words
from ops.checking.report import Check, Result, look
from ops.console.finding import Finding, failed, ok
from ops.dagster_api.deployment import Deployment

SCRIPT = Path(__file__).with_name("connection_probe.py")
FULL = 0.9

# Messages of drivers, resolvers and servers, with the cause and the next step; the first match counts.
_CAUSES = (
    (
        ("could not translate host name", "Name or service not known", "gaierror", "nodename nor servname"),
        "its name has no address",
        "Correct the host in the environment file; a private name needs the VPC's DNS.",
    ),
    (
        ("Network is unreachable", "Cannot assign requested address", "No route to host"),
        "there is no way to its address",
        "An address of IPv6 in a VPC of IPv4? Supabase's direct host is one: use its session pooler, port 5432.",
    ),
    (
        ("Could not connect to the endpoint", "Connect timeout on endpoint"),
        "AWS's API is out of reach",
        "The private subnets need a NAT gateway, or a VPC endpoint of that service.",
    ),
    (
        ("onnection refused", "ConnectionRefused"),
        "nothing listens there",
        "The server is down, or its port is another: see the environment file.",
    ),
    (
        ("timeout expired", "timed out", "TimeoutError", "ConnectTimeout"),
        "nothing answers in time",
        "A firewall drops it: the services' security group, the network's routes, or the server's list of addresses.",
    ),
    (
        ("password authentication failed", "authentication failed", "Tenant or user not found", "no password supplied"),
        "user or password are not accepted",
        "Set it again: asset-manager secrets set NAME. Behind Supabase's pooler the user is postgres.<project>.",
    ),
    (
        ("too many", "remaining connection slots", "max clients", "MaxClients"),
        "it has no connection left",
        "Lower run.max_concurrent or web.max_count, or raise the limit there: see `database connections`.",
    ),
    (("NoSuchBucket",), "there is no such bucket", "It was deleted: make deploy makes it, its objects are gone."),
    (
        ("does not exist",),
        "what is asked for is not there",
        "The message names it: database or user in the environment file.",
    ),
    (
        ("SSL", "certificate", "TLS"),
        "no TLS can be agreed on",
        "The server offers none, or a proxy is between: PGSSLMODE is require.",
    ),
    (
        ("AccessDenied", "Forbidden"),
        "the role may not",
        "The task role's policy was changed: make deploy puts it back.",
    ),
    (
        ("KeyError",),
        "a variable is missing",
        "The task definition does not inject what the message names: make deploy.",
    ),
)


def results(deployment: Deployment, report: Callable[[str], None]) -> list[Result]:
    """Run the probe, and judge each part of its answer; without an answer there is one result."""
    found: dict[str, Any] = {}

    def ask() -> Finding:
        report("a task of the daemon's definition checks the connections from within: a minute on Fargate")
        try:
            found.update(run_script(deployment, deployment.settings, SCRIPT))
        except TaskFailedError as error:
            (task,) = described(deployment.ecs, deployment.settings.existing.cluster, [error.task_arn])
            why = cause(task, ends=True)
            return failed(f"its task did not do its work: {why.what} ({words(task)})", why.next)
        return ok("a task started with its parameters, and reported")

    (asked,) = look([Check("connections", ask)], 0, report)
    return [asked, *look(checks(found, deployment.settings.database.max_connections), 0, report)] if found else [asked]


def explain(error: str) -> tuple[str, str]:
    """The cause in words, and what to do."""
    for signs, why, advice in _CAUSES:
        if any(sign in error for sign in signs):
            return why, advice
    return "it failed", "This is what the driver said; the cause is not known here."


def judge_reached(part: Mapping[str, Any], what: str) -> Finding:
    """The server answered."""
    if "error" in part:
        why, advice = explain(part["error"])
        return failed(f"{what}: {why} ({part['error']})", advice)
    return ok(f"{part['where']} answers" if "where" in part else f"{what} answers: Postgres {part['version']}")


def judge_tls(part: Mapping[str, Any]) -> Finding:
    """The connection is encrypted, with TLS 1.2 or newer."""
    if not part["tls"]:
        return failed("the connection is not encrypted", "PGSSLMODE=require is missing in the task: make deploy.")
    if part["tls"] in {"TLSv1", "TLSv1.1"}:
        return failed(f"{part['tls']}, which is not safe", "The server is to offer TLS 1.2 or newer.")
    return ok(str(part["tls"]))


def judge_connections(part: Mapping[str, Any], allowed: int) -> Finding:
    """There are connections left; `allowed` is database.max_connections, the limit that the settings count against.

    The server reports these numbers: the size of a pooler in between is not known.
    """
    numbers = f"{part['used']} connections of the server's {part['limit']}; the environment file counts on {allowed}"
    if part["limit"] < allowed:
        return failed(
            numbers, "Correct database.max_connections, or raise the server's. Behind a pooler: its Pool Size."
        )
    if part["used"] >= FULL * allowed:
        return failed(
            numbers,
            "Who holds them says pg_stat_activity. Lower run.max_concurrent or web.max_count, or raise the limit.",
        )
    return ok(numbers)


def checks(found: Mapping[str, Any], allowed: int) -> list[Check]:
    """A check for each part of the probe's answer."""
    database = found["database"]
    named = {"metrics": "metrics database", "snowflake": "Snowflake", "bucket": "S3"}
    return [
        Check("database", partial(judge_reached, database, "Dagster's database")),
        Check("database TLS", partial(judge_tls, database), needs="database"),
        Check("database connections", partial(judge_connections, database, allowed), needs="database"),
        *[Check(name, partial(judge_reached, found[part], name)) for part, name in named.items()],
    ]
