"""`asset-manager`: the operator's command, and the one place where an expected error becomes message and exit code."""

from __future__ import annotations

import errno
import signal
import sys
from types import FrameType
from typing import Annotated

import typer

from ops.errors import DiskFullError, Interrupted, OperatorError
from ops.local import cli as local
from stacks.settings import SettingsError

SOMETHING_TO_CHANGE = 2  # as `terraform plan -detailed-exitcode` says it

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Dagster on ECS Fargate: the operator's command.",
)
app.add_typer(local.app, name="local")

Environment = Annotated[
    str, typer.Option("--environment", "-e", envvar="ASSET_MANAGER_ENV", help="A file in environments/, by its name.")
]


@app.command(epilog="For example: asset-manager plan -e staging --markdown > comment.md. Exit 0: nothing, 2: changes.")
def plan(
    environment: Environment = "prod",
    markdown: Annotated[bool, typer.Option("--markdown", help="A pull request's comment, on stdout.")] = False,
) -> None:
    """Show what Terraform would change: both stacks, or base alone where it was never applied."""
    from ops import deployment  # noqa: PLC0415

    try:
        if markdown:
            comment, changing = deployment.plan_as_markdown(environment)
            print(comment)
        else:
            changing = deployment.plan(environment)
    except SettingsError as error:
        # Its own code is 2, which here says, as Terraform's, that there is something to change.
        raise typer.Exit(_refuse(str(error), 1)) from error
    raise typer.Exit(SOMETHING_TO_CHANGE if changing else 0)


@app.command()
def rotate(
    name: Annotated[str, typer.Argument(help="AUTH0_CLIENT_SECRET or DAGSTER_PG_PASSWORD")],
    environment: Environment = "prod",
) -> None:
    """Store a changed secret (asked for, or from stdin), and roll the services onto it."""
    from ops import rotation  # noqa: PLC0415

    rotation.rotate(name, environment)


@app.command()
def validate(
    environment: Environment = "prod",
    url: Annotated[str | None, typer.Option(help="The web server's address; as a rule it is known.")] = None,
    run: Annotated[bool, typer.Option("--run", help="Materialize one partition, and look for what it leaves.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="A list for machines, no table.")] = False,
    wait: Annotated[float, typer.Option(help="Seconds to go on looking while something is not ok yet.")] = 0,
) -> None:
    """Check on the AWS that this shell names that what was deployed is there and works; exit 0 only if it all does."""
    from ops.validation import command  # noqa: PLC0415

    raise typer.Exit(command.validate(environment, url, run=run, as_json_=as_json, patience_seconds=wait))


@app.command(epilog="For example: asset-manager deploy -e staging. Exit 11, 12: it was applied and does not work.")
def deploy(
    environment: Environment = "prod",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    validate: Annotated[bool, typer.Option(help="Look at what stands afterwards.")] = True,
) -> None:
    """Plan, show, ask, apply base and services, wait until ECS runs it, validate."""
    from ops import deploy as deploying  # noqa: PLC0415

    raise typer.Exit(deploying.deploy(environment, yes=yes, validate=validate))


@app.command(epilog="For example: asset-manager status -e staging.")
def status(
    environment: Environment = "prod",
    url: Annotated[str | None, typer.Option(help="The web server's address; as a rule it is known.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="A list for machines, no table.")] = False,
) -> None:
    """Show how it is: services and their revisions, targets, heartbeats, queue, alarms."""
    from ops import status as state  # noqa: PLC0415

    state.status(environment, url, as_json_=as_json)


@app.command(epilog="For example: asset-manager logs daemon --follow; asset-manager logs run 4e6b...")
def logs(
    whose: Annotated[str, typer.Argument(help="web, daemon, or run with a run's id")],
    run_id: Annotated[str | None, typer.Argument(help="As the UI shows it.")] = None,
    *,
    environment: Environment = "prod",
    minutes: Annotated[int, typer.Option(min=1, help="Of web and daemon: how far back.")] = 10,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on, until Ctrl-C.")] = False,
    url: Annotated[str | None, typer.Option(help="The web server's address, which knows a run's task.")] = None,
) -> None:
    """Print what web, daemon or one run printed."""
    from ops import logs as printed  # noqa: PLC0415

    printed.logs(environment, whose, run_id, minutes=minutes, follow=follow, url=url)


@app.command(epilog="For example: asset-manager prune --keep 5 --dry-run.")
def prune(
    environment: Environment = "prod",
    keep: Annotated[int, typer.Option(min=1, help="How many of each family stay, whether used or not.")] = 10,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell only.")] = False,
) -> None:
    """Deregister old revisions of the task definitions; what is in use stays."""
    from ops import prune as pruning  # noqa: PLC0415

    pruning.prune(environment, keep=keep, dry_run=dry_run)


@app.command(epilog="For example: asset-manager bootstrap -e staging --dry-run. Exit 14: something is missing.")
def bootstrap(
    environment: Environment = "prod",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look only; make no bucket.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="A list for machines, no table.")] = False,
) -> None:
    """Make the state bucket, or put it right, and tell all that the account lacks, each with what mends it."""
    from ops.bootstrap import command  # noqa: PLC0415

    raise typer.Exit(command.bootstrap(environment, dry_run=dry_run, as_json_=as_json))


@app.command(epilog="For example: asset-manager cost -e staging --runs 3000. Exit 2: settings; 13: no prices.")
def cost(
    environment: Environment = "prod",
    *,
    runs: Annotated[int, typer.Option(min=0, help="How many runs a month.")] = 2000,
    run_minutes: Annotated[int, typer.Option(min=0, help="How long one's task is up.")] = 2,
    log_gb: Annotated[int, typer.Option(min=0, help="Log lines taken in a month, in GB.")] = 5,
    stored_gb: Annotated[int, typer.Option(min=0, help="What the buckets hold, in GB.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Estimate what an environment costs a month, line by line, and what its settings save."""
    from ops import cost_report, costs  # noqa: PLC0415
    from stacks.settings import load  # noqa: PLC0415

    settings = load(environment)
    use = costs.Use(runs=runs, run_minutes=run_minutes, log_gb=log_gb, stored_gb=stored_gb)
    show = cost_report.as_json if as_json else cost_report.table
    print(show(settings, use, costs.prices(settings.region)))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def cdktf(context: typer.Context, environment: Environment = "prod") -> None:
    """Run the cdktf CLI with the Terraform, provider and Node that the project found: cdktf deploy base services."""
    from ops import cdktf_cli, deployment  # noqa: PLC0415

    deploys = bool({"deploy", "apply"} & set(context.args)) and "--help" not in context.args
    if deploys:
        deployment.check(environment)
    code = cdktf_cli.run(environment, context.args)
    if deploys and code == 0:
        deployment.wait_for(environment)  # an apply is green though ECS rolls back
    raise typer.Exit(code)


def main() -> None:
    """Run the command; an expected error is one message on stderr and its own exit code, never a traceback."""
    # `kill` ends a run as Ctrl-C does: Terraform is asked to stop, and saves its state.
    for interrupt in (signal.SIGINT, signal.SIGTERM):
        signal.signal(interrupt, _interrupted)
    try:
        app()
    except (OperatorError, SettingsError) as error:
        sys.exit(_refuse(str(error), error.exit_code))
    except Interrupted:
        sys.exit(_refuse("interrupted; the next run goes on from here.", Interrupted.exit_code))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        message = f"the disk is full: {error.filename or 'a file'} could not be written. Free some space, run it again."
        sys.exit(_refuse(message, DiskFullError.exit_code))


def _interrupted(_signal: int, _frame: FrameType | None) -> None:
    raise Interrupted


def _refuse(message: str, code: int) -> int:
    print(f"asset-manager: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    main()
