"""`asset-manager doctor`: all checks for causes of trouble, in their order."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from functools import partial

from ops.aws.account import check_credentials
from ops.checking.causes import connection, logs, parameters, runs, tasks
from ops.checking.deployed.server_info import server_info
from ops.checking.report import Check, look, show
from ops.console.errors import TroubleFoundError
from ops.dagster_api.deployment import Deployment
from settings.load import load


def doctor(environment: str, url: str | None, *, minutes: int, as_json_: bool) -> int:
    """Make the checks on the AWS that this shell names, print the results, and return the exit code."""
    settings = load(environment)
    deployment = Deployment.of_environment(settings, url)
    check_credentials(deployment, settings)
    since = datetime.now(UTC) - timedelta(minutes=minutes)
    results = [*look(checks(deployment, since), 0, _progress), *connection.results(deployment, _progress)]
    show(results, as_json_=as_json_)
    troubled = any(result.status == "failed" for result in results)
    return TroubleFoundError.exit_code if troubled else 0


def checks(deployment: Deployment, since: datetime) -> list[Check]:
    """The checks that start nothing, except a one-off task where sign-in is in the way."""
    settings, names = deployment.settings, deployment.settings.names
    services = (
        ("web", names.web_service, names.web_container),
        ("daemon", names.daemon_service, names.daemon_container),
    )
    kept = datetime.now(UTC) - timedelta(days=settings.log_retention_days)
    groups = (names.web_log_group, names.daemon_log_group, names.run_log_group)
    return [
        Check("parameters", partial(parameters.injected, deployment)),
        Check("secrets' versions", partial(parameters.versions, deployment)),
        Check("parameters' age", partial(parameters.fresh, deployment)),
        Check("DAGSTER_YAML", partial(parameters.dagster_yaml, deployment)),
        *[
            Check(f"stopped tasks of {who}", partial(tasks.of_service, deployment, name, since))
            for who, name, _ in services
        ],
        *[Check(f"events of {who}", partial(tasks.events, deployment, name, since)) for who, name, _ in services],
        Check("stopped tasks of runs", partial(tasks.of_runs, deployment, since)),
        Check("web server", partial(server_info, deployment)),
        Check("failed runs", partial(runs.failed_runs, deployment, since), needs="web server"),
        *[Check(f"log group {group}", partial(logs.group, deployment, group)) for group in groups],
        *[Check(f"log of {who}", partial(logs.of_service, deployment, name, of)) for who, name, of in services],
        Check("log of the last run", partial(runs.last_runs_log, deployment, kept), needs="web server"),
    ]


def _progress(line: str) -> None:
    print(f"    {line}", file=sys.stderr, flush=True)
