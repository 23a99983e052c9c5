"""Commands of ops/local: the local AWS on this machine."""

from __future__ import annotations

import typer

import ops.local.logs
import ops.local.ps
import ops.local.status
import ops.local.up
from ops.cli.options import ending
from ops.console.errors import ExitCode

app = typer.Typer(rich_markup_mode=None)


@app.command(
    epilog=ending(
        "asset-manager local up", ExitCode.IN_PROGRESS, ExitCode.UNHEALTHY, done="everything runs and is validated"
    )
)
def up() -> None:
    """The command deploys both stacks, validates them, and shows what it deployed."""
    ops.local.status.show(ops.local.up.up())


@app.command(epilog=ending("asset-manager local down", ExitCode.IN_PROGRESS))
def down() -> None:
    print("the local AWS is stopped" if ops.local.up.down() else "the local AWS was not up")


@app.command(epilog=ending("asset-manager local reset", ExitCode.IN_PROGRESS))
def reset() -> None:
    ops.local.up.reset()
    print("the local AWS is stopped, and what it kept is gone")


@app.command(epilog=ending("asset-manager local status"))
def status() -> None:
    ops.local.status.show(ops.local.up.running())


@app.command(epilog=ending("asset-manager local databases"))
def databases() -> None:
    """Each environment with the account of the local AWS gets one, unless it exists."""
    ops.local.up.make_databases(ops.local.up.running())


@app.command(epilog=ending("asset-manager local ps"))
def ps() -> None:
    ops.local.ps.show(ops.local.up.running())


@app.command(epilog=ending("asset-manager local logs"))
def logs() -> None:
    ops.local.logs.show()


@app.command(epilog=ending('eval "$(asset-manager local env)"'))
def env() -> None:
    """With them, the shell reaches the local AWS and no other."""
    print(ops.local.up.running().shell())
