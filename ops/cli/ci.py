"""Commands of ops/ci: the roles of GitHub Actions, and workflow steps that use GitHub through `gh`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

import ops.ci.ci_roles
import ops.ci.drift
import ops.ci.plan_comment
import ops.ci.require_approval
from ops.cli.options import Environment, ending
from ops.console.errors import ExitCode

PLANNING = (ExitCode.IN_PROGRESS, ExitCode.REFUSED)

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog=ending("asset-manager ci-roles --repository octo-org/asset-manager > ci.env", ExitCode.REFUSED))
def ci_roles(
    repository: Annotated[
        str,
        typer.Option(help="The repository as owner/name, or as owner@1/name@2 if GitHub's tokens contain the numbers."),
    ],
    environment: Environment = "prod",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only print the trust and the permissions of each role.")
    ] = False,
) -> None:
    """The command prints the variables that the repository needs."""
    ops.ci.ci_roles.ci_roles(environment, repository, dry_run=dry_run)


@app.command(
    epilog=ending("asset-manager require-approval -e prod", ExitCode.REFUSED, done="reviewers approve deployments")
)
def require_approval(environment: Environment = "prod") -> None:
    """The command also fails if GITHUB_SHA is not the newest commit of main."""
    ops.ci.require_approval.require(environment, os.environ.get("GITHUB_SHA"))


@app.command(epilog=ending("asset-manager plan-comment --pull-request 12", *PLANNING))
def plan_comment(
    number: Annotated[
        int,
        typer.Option("--pull-request", envvar="PULL_REQUEST", min=1, help="The number of the pull request."),
    ],
    environment: Environment = "prod",
) -> None:
    """The command replaces the comment that it wrote before."""
    ops.ci.plan_comment.plan_comment(environment, number)


@app.command(epilog=ending("asset-manager drift -e staging", *PLANNING, done="planned"))
def drift(environment: Environment = "prod") -> None:
    """The command closes the issue when the plan is empty."""
    ops.ci.drift.drift(environment)
