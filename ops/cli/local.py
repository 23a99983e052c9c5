"""`asset-manager local`: the laptop's AWS."""

from __future__ import annotations

import typer

from ops.cli.options import after
from ops.console.errors import (
    DiskFullError,
    EmulatorDiedError,
    Interrupted,
    LockHeldError,
    NotSteadyError,
    NotValidError,
    OperatorError,
    PortInUseError,
    TerraformError,
    ToolMissingError,
)
from settings.errors import SettingsError

ALL = (OperatorError, Interrupted)
RUNNING = (*ALL, EmulatorDiedError)

app = typer.Typer(no_args_is_help=True, help="The laptop's AWS.")


@app.command(
    epilog=after(
        "asset-manager local up",
        *RUNNING,
        SettingsError,
        ToolMissingError,
        PortInUseError,
        LockHeldError,
        TerraformError,
        DiskFullError,
        NotSteadyError,
        NotValidError,
        done="all of it is up, and validated",
    )
)
def up() -> None:
    """Start the local AWS, deploy both stacks of prod to it, show what is there."""
    from ops.local import status, up  # noqa: PLC0415

    status.show(up.up())


@app.command(epilog=after("asset-manager local down", *ALL, LockHeldError))
def down() -> None:
    """Stop all that `up` started."""
    from ops.local import up  # noqa: PLC0415

    print("the local AWS is stopped" if up.down() else "the local AWS was not up")


@app.command(epilog=after("asset-manager local reset", *ALL, LockHeldError))
def reset() -> None:
    """Stop it, and forget its data."""
    from ops.local import up  # noqa: PLC0415

    up.reset()
    print("the local AWS is stopped, and what it kept is gone")


@app.command(name="status", epilog=after("asset-manager local status", *RUNNING))
def local_status() -> None:
    """Show what is deployed on the local AWS."""
    from ops.local import status, up  # noqa: PLC0415

    status.show(up.running())


@app.command(name="databases", epilog=after("asset-manager local databases", *RUNNING))
def make_databases() -> None:
    """Make the database of each environment of this account, where it is not there yet."""
    from ops.local import up  # noqa: PLC0415

    up.make_databases(up.running())


@app.command(epilog=after("asset-manager local ps", *RUNNING))
def ps() -> None:
    """List the tasks that the local ECS runs, and those that ended lately."""
    from ops.local import tasks, up  # noqa: PLC0415

    tasks.show(up.running())


@app.command(epilog=after("asset-manager local logs", *RUNNING))
def logs() -> None:
    """Show the end of what each task printed."""
    from ops.local import tasks  # noqa: PLC0415

    tasks.show_logs()


@app.command(epilog=after('eval "$(asset-manager local env)"', *RUNNING))
def env() -> None:
    """Print the shell lines that make terraform, cdktf and aws reach the local AWS, and no other."""
    from ops.local import up  # noqa: PLC0415

    print(up.running().shell())
