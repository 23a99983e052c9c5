"""Commands of ops/checking: they read a deployment; `bootstrap` also writes the state bucket."""

from __future__ import annotations

from typing import Annotated

import typer

import ops.checking.bootstrap
import ops.checking.doctor
import ops.checking.status
import ops.checking.validate
from ops.cli.options import AsJson, Environment, Url, ending
from ops.console.errors import ExitCode

app = typer.Typer(rich_markup_mode=None)


@app.command(
    epilog=ending("asset-manager bootstrap -e staging --dry-run", ExitCode.REFUSED, done="the account lacks nothing")
)
def bootstrap(
    environment: Environment = "prod",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what is missing; change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """The command also completes an existing bucket. Each finding names the command that fixes it."""
    raise typer.Exit(ops.checking.bootstrap.bootstrap(environment, dry_run=dry_run, as_json_=as_json))


@app.command(epilog=ending("asset-manager status -e staging"))
def status(
    environment: Environment = "prod",
    *,
    url: Url = None,
    within: Annotated[
        bool,
        typer.Option("--within", help="Ask what is behind sign-in through a new task; takes a minute on Fargate."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    ops.checking.status.status(environment, url, within=within, as_json_=as_json)


@app.command(epilog=ending("asset-manager validate --run --json", ExitCode.UNHEALTHY, done="every check passed"))
def validate(
    environment: Environment = "prod",
    url: Url = None,
    run: Annotated[bool, typer.Option("--run", help="Also materialize one partition, and check its results.")] = False,
    as_json: AsJson = False,
    wait: Annotated[float, typer.Option(help="The seconds to repeat failed checks.")] = 0,
) -> None:
    """The command checks the AWS that the shell's credentials and AWS_ENDPOINT_URL select."""
    code = ops.checking.validate.validate(environment, url, run=run, as_json_=as_json, patience_seconds=wait)
    raise typer.Exit(code)


@app.command(epilog=ending("asset-manager doctor --minutes 30", ExitCode.UNHEALTHY, done="no problem was found"))
def doctor(
    environment: Environment = "prod",
    url: Url = None,
    minutes: Annotated[
        int, typer.Option(min=1, help="The minutes to look back. ECS keeps stopped tasks for one hour only.")
    ] = 1440,
    as_json: AsJson = False,
) -> None:
    """The command checks stopped tasks, failed runs, parameters, logs, and the connections of a task."""
    raise typer.Exit(ops.checking.doctor.doctor(environment, url, minutes=minutes, as_json_=as_json))
