"""Secrets: their names and ages, and new values."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.commands.options import TERRAFORM, Environment, after
from ops.errors import NotSteadyError, UnderWayError

app = typer.Typer(no_args_is_help=True, help="Secrets: their names and ages, and new values.")


@app.command(
    name="set", epilog=after("asset-manager secrets set DAGSTER_PG_PASSWORD", *TERRAFORM, NotSteadyError, UnderWayError)
)
def set_(
    name: Annotated[str, typer.Argument(help="AUTH0_CLIENT_SECRET, DAGSTER_PG_PASSWORD, and so on")],
    environment: Environment = "prod",
) -> None:
    """Store a changed secret (asked for, or from stdin, never from the command line), and roll the services onto it."""
    from ops import rotation  # noqa: PLC0415

    rotation.rotate(name, environment)
