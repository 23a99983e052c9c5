"""The `secrets` commands of ops/deploying."""

from __future__ import annotations

from typing import Annotated

import typer

import ops.deploying.secrets_list
import ops.deploying.secrets_set
from ops.cli.options import AsJson, Environment, ending
from ops.console.errors import ExitCode

app = typer.Typer(rich_markup_mode=None)


@app.command(
    name="set",
    epilog=ending(
        "asset-manager secrets set DAGSTER_PG_PASSWORD", ExitCode.IN_PROGRESS, ExitCode.REFUSED, ExitCode.UNHEALTHY
    ),
)
def set_(
    name: Annotated[str, typer.Argument(help="The name, such as AUTH0_CLIENT_SECRET or DAGSTER_PG_PASSWORD.")],
    environment: Environment = "prod",
) -> None:
    """The command reads the value from the prompt or from stdin, never from the command line."""
    ops.deploying.secrets_set.rotate(name, environment)


@app.command(name="list", epilog=ending("asset-manager secrets list -e staging --json"))
def list_(environment: Environment = "prod", as_json: AsJson = False) -> None:
    """The list has the age, version, author and state of each secret, and the missing secrets."""
    ops.deploying.secrets_list.list_(environment, as_json_=as_json)
