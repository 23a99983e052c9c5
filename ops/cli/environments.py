"""Commands of ops/environments."""

from __future__ import annotations

from typing import Annotated

import typer

import ops.environments.cost
import ops.environments.create
import ops.environments.list
import ops.environments.remove
from ops.cli.options import AsJson, Environment, ending, environments
from ops.console.errors import ExitCode
from ops.environments.costs import Use

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog=ending("asset-manager env create pr-7 --from staging", ExitCode.REFUSED))
def create(
    name: Annotated[str, typer.Argument(help="The name, or the name of a branch, which becomes one.")],
    source: Annotated[
        str, typer.Option("--from", help="The environment to copy the file of.", autocompletion=environments)
    ],
) -> None:
    """The new file has names, hosts and buckets of its own. The command prints the remaining steps."""
    ops.environments.create.create(name, source)


@app.command(name="list", epilog=ending("asset-manager env list --json", done="every file is valid"))
def list_(as_json: AsJson = False) -> None:
    """The command checks each file by itself and against the others."""
    raise typer.Exit(ops.environments.list.list_(as_json=as_json))


@app.command(epilog=ending("asset-manager env remove pr-7", ExitCode.IN_PROGRESS, ExitCode.REFUSED))
def remove(
    name: Annotated[
        str, typer.Argument(help="The environment: the name of a file in environments/.", autocompletion=environments)
    ],
) -> None:
    ops.environments.remove.remove(name)


@app.command(epilog=ending("asset-manager cost -e staging --runs 3000", ExitCode.REFUSED))
def cost(
    environment: Environment = "prod",
    *,
    runs: Annotated[int, typer.Option(min=0, help="The number of runs a month.")] = 2000,
    run_minutes: Annotated[int, typer.Option(min=0, help="The minutes that the task of a run takes.")] = 2,
    log_gb: Annotated[int, typer.Option(min=0, help="The GB of log lines a month.")] = 5,
    stored_gb: Annotated[int, typer.Option(min=0, help="The GB in the buckets.")] = 50,
    as_json: AsJson = False,
) -> None:
    """The command lists each cost, and what the settings save."""
    use = Use(runs=runs, run_minutes=run_minutes, log_gb=log_gb, stored_gb=stored_gb)
    ops.environments.cost.cost(environment, use, as_json_=as_json)
