"""Secrets: their names and ages, and new values."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.cli.options import AWS, TERRAFORM, AsJson, Environment, after
from ops.console.errors import NotSteadyError, UnderWayError

app = typer.Typer(no_args_is_help=True, help="Secrets: their names and ages, and new values.")


@app.command(
    name="set", epilog=after("asset-manager secrets set DAGSTER_PG_PASSWORD", *TERRAFORM, NotSteadyError, UnderWayError)
)
def set_(
    name: Annotated[str, typer.Argument(help="AUTH0_CLIENT_SECRET, DAGSTER_PG_PASSWORD, and so on")],
    environment: Environment = "prod",
) -> None:
    """Store a changed secret (asked for, or from stdin, never from the command line), and roll the services onto it."""
    from ops.deploying import secrets_set  # noqa: PLC0415

    secrets_set.rotate(name, environment)


@app.command(name="list", epilog=after("asset-manager secrets list -e staging --json", *AWS))
def list_(environment: Environment = "prod", as_json: AsJson = False) -> None:
    """Show which secrets there are, how old, of which version and set by whom, and which are missing; no value."""
    from ops.deploying import secrets_list  # noqa: PLC0415

    secrets_list.list_(environment, as_json_=as_json)
