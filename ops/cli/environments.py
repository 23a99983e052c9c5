"""Several environments: one made from another, all of them checked, one removed."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.cli.options import AWS, AsJson, after, environments
from ops.console.errors import HoldsDataError, LockHeldError, OperatorError
from settings.errors import SettingsError

app = typer.Typer(no_args_is_help=True, help="Several environments: one made from another, all of them checked.")

Name = Annotated[str, typer.Argument(help="The environment, a file in environments/.", autocompletion=environments)]


@app.command(epilog=after("asset-manager env create pr-7 --from staging", OperatorError, SettingsError))
def create(
    name: Annotated[str, typer.Argument(help="Its name; a branch's name is made one.")],
    source: Annotated[str, typer.Option("--from", help="Whose file is copied.", autocompletion=environments)],
) -> None:
    """Write an environment's file from another's, with names, hosts and buckets of its own; tell what is to do."""
    from ops.environments import create as files  # noqa: PLC0415

    files.create(name, source)


@app.command(name="list", epilog=after("asset-manager env list --json", SettingsError, done="no file has a problem"))
def list_(as_json: AsJson = False) -> None:
    """Check every environment's file, by itself and beside the others."""
    from ops.environments import create as files  # noqa: PLC0415

    raise typer.Exit(files.list_(as_json=as_json))


@app.command(epilog=after("asset-manager env remove pr-7", *AWS, LockHeldError, HoldsDataError))
def remove(name: Name) -> None:
    """Remove an environment's file, once what it deployed is destroyed."""
    from ops.environments import remove  # noqa: PLC0415

    remove.remove(name)
