"""What a pipeline needs of AWS, and its steps that need GitHub; each runs on a laptop too, with GitHub's `gh`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from ops.cli.options import AWS, TERRAFORM, Environment, after
from ops.console.errors import OperatorError, ToolMissingError

app = typer.Typer()


@app.command(name="ci-roles", epilog=after("asset-manager ci-roles --repository octo-org/asset-manager > ci.env", *AWS))
def ci_roles(
    repository: Annotated[
        str, typer.Option(help="owner/name, or owner@1/name@2 where GitHub's tokens have the numbers.")
    ],
    environment: Environment = "prod",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what each role trusts and may do; make none.")
    ] = False,
) -> None:
    """Create or correct the two roles that GitHub Actions assumes, and print the repository's variables for them."""
    from ops.ci import account  # noqa: PLC0415

    account.ci_roles(environment, repository, dry_run=dry_run)


@app.command(
    name="require-approval",
    epilog=after("asset-manager require-approval -e prod", OperatorError, ToolMissingError, done="somebody approves"),
)
def require_approval(environment: Environment = "prod") -> None:
    """Refuse, unless GitHub has reviewers approve what is deployed to the environment, from main as it is now."""
    from ops.ci import approval  # noqa: PLC0415

    approval.require(environment, os.environ.get("GITHUB_SHA"))


@app.command(name="plan-comment", epilog=after("asset-manager plan-comment --pull-request 12", *TERRAFORM))
def plan_comment(
    number: Annotated[int, typer.Option("--pull-request", envvar="PULL_REQUEST", min=1, help="Its number.")],
    environment: Environment = "prod",
) -> None:
    """Plan, and write what it would change into a pull request: one comment, renewed in place."""
    from ops.ci import steps  # noqa: PLC0415

    steps.plan_comment(environment, number)


@app.command(epilog=after("asset-manager drift -e staging", *TERRAFORM, done="looked, and told"))
def drift(environment: Environment = "prod") -> None:
    """Plan, and keep one issue open on GitHub while there is something to change."""
    from ops.ci import steps  # noqa: PLC0415

    steps.drift(environment)
