"""How it is, what it printed, whether it works, what it costs."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.cli.options import AWS, AsJson, Environment, Url, after
from ops.console.errors import NotValidError, OperatorError, PricesMissingError, TroubleFoundError
from settings.errors import SettingsError

app = typer.Typer()


@app.command(epilog=after("asset-manager status -e staging", *AWS))
def status(
    environment: Environment = "prod",
    *,
    url: Url = None,
    within: Annotated[bool, typer.Option("--within", help="Past sign-in, by a task: a minute on Fargate.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show how it is: services and their revisions, targets, heartbeats, queue, alarms."""
    from ops.checking import status as state  # noqa: PLC0415

    state.status(environment, url, within=within, as_json_=as_json)


@app.command(epilog=after("asset-manager logs daemon --follow; asset-manager logs run 4e6b...", *AWS))
def logs(
    whose: Annotated[str, typer.Argument(help="web, daemon, or run with a run's id")],
    run_id: Annotated[str | None, typer.Argument(help="As the UI shows it.")] = None,
    *,
    environment: Environment = "prod",
    minutes: Annotated[int, typer.Option(min=1, help="Of web and daemon: how far back.")] = 10,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on, until Ctrl-C.")] = False,
    url: Url = None,
) -> None:
    """Print what web, daemon or one run printed."""
    from ops.tasks import logs as printed  # noqa: PLC0415

    printed.logs(environment, whose, run_id, minutes=minutes, follow=follow, url=url)


@app.command(
    epilog=after("asset-manager validate --run --json", *AWS, NotValidError, done="every single check is ok"),
)
def validate(
    environment: Environment = "prod",
    url: Url = None,
    run: Annotated[bool, typer.Option("--run", help="Materialize one partition, and look for what it leaves.")] = False,
    as_json: AsJson = False,
    wait: Annotated[float, typer.Option(help="Seconds to go on looking while something is not ok yet.")] = 0,
) -> None:
    """Check on the AWS that this shell names that what was deployed is there and works; exit 0 only if it all does."""

    from ops.checking import validate as validation  # noqa: PLC0415

    raise typer.Exit(validation.validate(environment, url, run=run, as_json_=as_json, patience_seconds=wait))


@app.command(epilog=after("asset-manager doctor --minutes 30", *AWS, TroubleFoundError, done="no trouble was found"))
def doctor(
    environment: Environment = "prod",
    url: Url = None,
    minutes: Annotated[
        int, typer.Option(min=1, help="How far back; of stopped tasks ECS remembers no more than an hour.")
    ] = 1440,
    as_json: AsJson = False,
) -> None:
    """Look for what goes wrong, and why: stopped tasks, failed runs, parameters, logs, and connections from within."""
    from ops.checking import doctor  # noqa: PLC0415

    raise typer.Exit(doctor.doctor(environment, url, minutes=minutes, as_json_=as_json))


@app.command(
    epilog=after("asset-manager cost -e staging --runs 3000", OperatorError, SettingsError, PricesMissingError)
)
def cost(
    environment: Environment = "prod",
    *,
    runs: Annotated[int, typer.Option(min=0, help="How many runs a month.")] = 2000,
    run_minutes: Annotated[int, typer.Option(min=0, help="How long one's task is up.")] = 2,
    log_gb: Annotated[int, typer.Option(min=0, help="Log lines taken in a month, in GB.")] = 5,
    stored_gb: Annotated[int, typer.Option(min=0, help="What the buckets hold, in GB.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Estimate what an environment costs a month, line by line, and what its settings save."""
    from ops.environments import cost_report, costs  # noqa: PLC0415
    from settings.load import load  # noqa: PLC0415

    settings = load(environment)
    use = costs.Use(runs=runs, run_minutes=run_minutes, log_gb=log_gb, stored_gb=stored_gb)
    show = cost_report.as_json if as_json else cost_report.table
    print(show(settings, use, costs.prices(settings.region)))
