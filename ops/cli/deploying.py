"""From an account to a deployment: bootstrap, plan, deploy, and what comes after."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.cli.options import AWS, TERRAFORM, AsJson, Environment, Yes, after
from ops.console.errors import (
    HoldsDataError,
    ImageMissingError,
    Interrupted,
    NotConfirmedError,
    NotSteadyError,
    NotValidError,
    OperatorError,
    PrerequisitesMissingError,
    SecretMissingError,
    UnderWayError,
)
from settings.errors import SettingsError

SOMETHING_TO_CHANGE = 2  # as `terraform plan -detailed-exitcode` says it
UNACCEPTABLE = 1

app = typer.Typer()


@app.command(epilog=after("asset-manager bootstrap -e staging --dry-run", *AWS, PrerequisitesMissingError))
def bootstrap(
    environment: Environment = "prod",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look only; tell what the bucket lacks.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make the state bucket, or put it right, and tell all that the account lacks, each with what mends it."""
    from ops.checking import bootstrap  # noqa: PLC0415

    raise typer.Exit(bootstrap.bootstrap(environment, dry_run=dry_run, as_json_=as_json))


@app.command(
    epilog=after(
        "asset-manager plan -e staging --markdown > comment.md",
        *(error for error in TERRAFORM if error is not SettingsError),
        done="nothing to change",
    )
    + " As Terraform has it, 2 is: something to change; settings that are not acceptable are 1 here."
)
def plan(
    environment: Environment = "prod",
    markdown: Annotated[bool, typer.Option("--markdown", help="A pull request's comment, on stdout.")] = False,
) -> None:
    """Show what Terraform would change: both stacks, or base alone where it was never applied."""
    from ops.terraform import workspace  # noqa: PLC0415

    try:
        if markdown:
            comment, changing = workspace.plan_as_markdown(environment)
            print(comment)
        else:
            changing = workspace.plan(environment)
    except SettingsError as error:
        # Its own code is 2, which here says, as Terraform's, that there is something to change.
        typer.echo(f"asset-manager: {error}", err=True)
        raise typer.Exit(UNACCEPTABLE) from error
    raise typer.Exit(SOMETHING_TO_CHANGE if changing else 0)


@app.command(
    epilog=after(
        "asset-manager deploy -e staging --yes",
        *TERRAFORM,
        SecretMissingError,
        NotSteadyError,
        NotValidError,
        NotConfirmedError,
        ImageMissingError,
        UnderWayError,
    )
)
def deploy(
    environment: Environment = "prod",
    *,
    yes: Yes = False,
    supersede: Annotated[bool, typer.Option("--supersede", help="Though ECS still rolls the last one.")] = False,
    validate: Annotated[bool, typer.Option(help="Look at what stands afterwards.")] = True,
) -> None:
    """Plan, show, ask, apply base and services, wait until ECS runs it, validate."""
    from ops.deploying import deploy as deploying  # noqa: PLC0415

    raise typer.Exit(deploying.deploy(environment, yes=yes, supersede=supersede, validate=validate))


@app.command(epilog=after("asset-manager prune --keep 5 --dry-run", *AWS))
def prune(
    environment: Environment = "prod",
    keep: Annotated[int, typer.Option(min=1, help="How many of each family stay, whether used or not.")] = 10,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell only.")] = False,
) -> None:
    """Deregister old revisions of the task definitions; what is in use stays."""
    from ops.deploying import prune as pruning  # noqa: PLC0415

    pruning.prune(environment, keep=keep, dry_run=dry_run)


@app.command(
    epilog=after("asset-manager destroy -e staging --with-data", *TERRAFORM, NotConfirmedError, HoldsDataError)
)
def destroy(
    environment: Environment = "prod",
    *,
    confirm: Annotated[str | None, typer.Option(help="The environment's name, for who cannot be asked.")] = None,
    with_data: Annotated[bool, typer.Option("--with-data", help="Also what is in the buckets, for good.")] = False,
    kill_runs: Annotated[bool, typer.Option("--kill-runs", help="Also while runs are going on.")] = False,
) -> None:
    """Show what would go, have the environment's name typed, destroy services and base, tell what is left."""
    from ops.deploying import destroy as destroying  # noqa: PLC0415

    destroying.destroy(environment, confirm=confirm, with_data=with_data, kill_runs=kill_runs)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    epilog=after("asset-manager cdktf deploy base services", OperatorError, Interrupted, NotSteadyError)
    + " Otherwise the CLI's own.",
)
def cdktf(context: typer.Context, environment: Environment = "prod") -> None:
    """Run the cdktf CLI with the Terraform, provider and Node that the project found: cdktf deploy base services."""
    from ops.terraform import cdktf_cli, workspace  # noqa: PLC0415

    deploys = bool({"deploy", "apply"} & set(context.args)) and "--help" not in context.args
    if deploys:
        workspace.check(environment)
    code = cdktf_cli.run(environment, context.args)
    if deploys and code == 0:
        workspace.wait_for(environment)  # an apply is green though ECS rolls back
    raise typer.Exit(code)
