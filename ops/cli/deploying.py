"""Commands of ops/deploying and ops/terraform that deploy, show or destroy what the settings say."""

from __future__ import annotations

from typing import Annotated

import typer

import ops.deploying.deploy
import ops.deploying.destroy
import ops.deploying.prune
import ops.terraform.cdktf
import ops.terraform.plan
from ops.cli.options import Environment, Yes, ending
from ops.console.errors import ExitCode

app = typer.Typer(rich_markup_mode=None)


@app.command(
    epilog=ending(
        "asset-manager plan -e staging --markdown > comment.md",
        ExitCode.CHANGES,
        ExitCode.IN_PROGRESS,
        ExitCode.REFUSED,
        done="nothing to change",
    )
)
def plan(
    environment: Environment = "prod",
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print Markdown for a comment of a pull request.")
    ] = False,
) -> None:
    """The command plans both stacks, or base alone if base was never applied."""
    if markdown:
        comment, changing = ops.terraform.plan.plan_as_markdown(environment)
        print(comment)
    else:
        changing = ops.terraform.plan.plan(environment)
    raise typer.Exit(ExitCode.CHANGES if changing else 0)


@app.command(
    epilog=ending("asset-manager deploy -e staging --yes", ExitCode.IN_PROGRESS, ExitCode.REFUSED, ExitCode.UNHEALTHY)
)
def deploy(
    environment: Environment = "prod",
    *,
    yes: Yes = False,
    supersede: Annotated[
        bool, typer.Option("--supersede", help="Deploy even if ECS has not completed the last deployment.")
    ] = False,
    validate: Annotated[bool, typer.Option(help="Check the deployment afterwards.")] = True,
) -> None:
    """The command shows the plan, and asks before it applies it. Then it waits until ECS runs what was applied."""
    code = ops.deploying.deploy.deploy(environment, yes=yes, supersede=supersede, validate=validate)
    raise typer.Exit(code)


@app.command(epilog=ending("asset-manager prune --keep 5 --dry-run"))
def prune(
    environment: Environment = "prod",
    keep: Annotated[int, typer.Option(min=1, help="The number of revisions of each family to keep.")] = 10,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list the revisions.")] = False,
) -> None:
    """The command keeps every revision that is in use."""
    ops.deploying.prune.prune(environment, keep=keep, dry_run=dry_run)


@app.command(epilog=ending("asset-manager destroy -e staging --with-data", ExitCode.IN_PROGRESS, ExitCode.REFUSED))
def destroy(
    environment: Environment = "prod",
    *,
    confirm: Annotated[
        str | None, typer.Option(help="The name of the environment, instead of typing it at the prompt.")
    ] = None,
    with_data: Annotated[
        bool, typer.Option("--with-data", help="Also delete the objects in the buckets, permanently.")
    ] = False,
    kill_runs: Annotated[bool, typer.Option("--kill-runs", help="Also stop the runs in progress.")] = False,
) -> None:
    """The command shows what it destroys, and asks you to type the name of the environment."""
    ops.deploying.destroy.destroy(environment, confirm=confirm, with_data=with_data, kill_runs=kill_runs)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    epilog=ending(
        "asset-manager cdktf deploy base services", ExitCode.REFUSED, ExitCode.UNHEALTHY, done="done, or the CLI's own"
    ),
)
def cdktf(context: typer.Context, environment: Environment = "prod") -> None:
    """After `deploy`, the command waits until ECS runs what was applied."""
    raise typer.Exit(ops.terraform.cdktf.cdktf(environment, context.args))
