"""`asset-manager`: the operator's command, and the one place where an expected error becomes message and exit code."""

from __future__ import annotations

import errno
import signal
import sys
from types import FrameType
from typing import Annotated

import typer

from ops.errors import DiskFullError, Interrupted, OperatorError
from stacks.settings import SettingsError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Dagster on ECS Fargate: the operator's command.",
)
local_app = typer.Typer(no_args_is_help=True, help="The laptop's AWS.")
app.add_typer(local_app, name="local")

Environment = Annotated[
    str, typer.Option("--environment", "-e", envvar="ASSET_MANAGER_ENV", help="A file in environments/, by its name.")
]


@local_app.command()
def up() -> None:
    """Start the local AWS, deploy both stacks of prod to it, show what is there."""
    from ops.local import deployment, status  # noqa: PLC0415  boto3 and more, which --help need not wait for

    status.show(deployment.up())


@local_app.command()
def down() -> None:
    """Stop all that `up` started."""
    from ops.local import deployment  # noqa: PLC0415

    print("the local AWS is stopped" if deployment.down() else "the local AWS was not up")


@local_app.command()
def reset() -> None:
    """Stop it, and forget its data."""
    from ops.local import deployment  # noqa: PLC0415

    deployment.reset()
    print("the local AWS is stopped, and what it kept is gone")


@local_app.command(name="status")
def local_status() -> None:
    """Show what is deployed on the local AWS."""
    from ops.local import deployment, status  # noqa: PLC0415

    status.show(deployment.running())


@local_app.command()
def ps() -> None:
    """List the tasks that the local ECS runs, and those that ended lately."""
    from ops.local import deployment, tasks  # noqa: PLC0415

    tasks.show(deployment.running())


@local_app.command()
def logs() -> None:
    """Show the end of what each task printed."""
    from ops.local import tasks  # noqa: PLC0415

    tasks.show_logs()


@local_app.command()
def env() -> None:
    """Print the shell lines that make terraform, cdktf and aws reach the local AWS, and no other."""
    from ops.local import deployment  # noqa: PLC0415

    print(deployment.running().shell())


@app.command()
def plan(environment: Environment = "prod") -> None:
    """Show what Terraform would change: both stacks, or base alone where it was never applied."""
    from ops import deployment  # noqa: PLC0415

    deployment.plan(environment)


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
