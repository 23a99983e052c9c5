"""Releases: another image, the way back, and what was released."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.cli.options import AWS, TERRAFORM, AsJson, Environment, Yes, after
from ops.console.errors import (
    BuildFailedError,
    ImageMissingError,
    NotConfirmedError,
    NotSteadyError,
    NotValidError,
    UnderWayError,
)

Validate = Annotated[bool, typer.Option(help="Look before it and after it, and go back where something works no more.")]
DEPLOYING = (*TERRAFORM, NotSteadyError, NotValidError, NotConfirmedError, ImageMissingError, UnderWayError)

app = typer.Typer()


@app.command(epilog=after("asset-manager release v2 --yes", *DEPLOYING, BuildFailedError))
def release(
    tag: Annotated[str, typer.Argument(help="The image's tag, new in the registry; a commit's hash, for example.")],
    environment: Environment = "prod",
    *,
    build: Annotated[bool, typer.Option(help="Build and push it; else it has to be in the registry.")] = True,
    yes: Yes = False,
    validate: Validate = True,
) -> None:
    """Build and push an image, deploy its digest, wait, validate; where it fails, what served before serves again."""
    from ops.releasing import release as releasing  # noqa: PLC0415

    releasing.release(environment, tag, build=build, yes=yes, validate=validate)


@app.command(epilog=after("asset-manager rollback --to v1", *DEPLOYING))
def rollback(
    environment: Environment = "prod",
    to: Annotated[str | None, typer.Option(metavar="TAG", help="A recorded release; else the one before.")] = None,
    *,
    yes: Yes = False,
    validate: Validate = True,
) -> None:
    """Go back to the release before the one that serves, or to another."""
    from ops.releasing import release as releasing  # noqa: PLC0415

    releasing.rollback(environment, to, yes=yes, validate=validate)


@app.command(epilog=after("asset-manager releases --json", *AWS))
def releases(environment: Environment = "prod", as_json: AsJson = False) -> None:
    """List what was released: when, which digest and revisions, by whom, with what outcome, and which one serves."""
    from ops.deploying import releases as released  # noqa: PLC0415

    released.releases(environment, as_json=as_json)
