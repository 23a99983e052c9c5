"""Commands of ops/releasing, and the list of releases that ops/deploying records."""

from __future__ import annotations

from typing import Annotated

import typer

import ops.deploying.releases
import ops.releasing.release
import ops.releasing.rollback
from ops.cli.options import AsJson, Environment, Yes, ending
from ops.console.errors import ExitCode

Validate = Annotated[
    bool, typer.Option(help="Check the deployment before and after, and undo it if a check fails that passed before.")
]
DEPLOYING = (ExitCode.IN_PROGRESS, ExitCode.REFUSED, ExitCode.UNHEALTHY)

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog=ending("asset-manager release v2 --yes", *DEPLOYING))
def release(
    tag: Annotated[str, typer.Argument(help="A tag that the registry does not have, such as the hash of a commit.")],
    environment: Environment = "prod",
    *,
    build: Annotated[bool, typer.Option(help="Build and push the image; otherwise the registry must have it.")] = True,
    yes: Yes = False,
    validate: Validate = True,
) -> None:
    """The command deploys the digest of the image, and waits until ECS runs it."""
    ops.releasing.release.release(environment, tag, build=build, yes=yes, validate=validate)


@app.command(epilog=ending("asset-manager rollback --to v1", *DEPLOYING))
def rollback(
    environment: Environment = "prod",
    to: Annotated[
        str | None, typer.Option(metavar="TAG", help="A recorded release; the default is the one before.")
    ] = None,
    *,
    yes: Yes = False,
    validate: Validate = True,
) -> None:
    ops.releasing.rollback.rollback(environment, to, yes=yes, validate=validate)


@app.command(epilog=ending("asset-manager releases --json"))
def releases(environment: Environment = "prod", as_json: AsJson = False) -> None:
    """The list has the time, digest, revisions, author and outcome of each release."""
    ops.deploying.releases.releases(environment, as_json=as_json)
