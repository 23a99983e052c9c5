"""Every command: its module in this package, and its summary. `--help`, completion and suggestions read this alone.

The module is imported when the command is invoked, or its own help or completion is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperGroup
from typer.main import get_group

# By the words after `asset-manager`; a group has no module.
COMMANDS = {
    "bootstrap": ("checking", "Create the state bucket, and list what is missing."),
    "plan": ("deploying", "Show what Terraform would change."),
    "deploy": ("deploying", "Plan, ask, apply both stacks, wait and validate."),
    "prune": ("deploying", "Deregister old task definition revisions."),
    "destroy": ("deploying", "Destroy both stacks, and list what remains."),
    "cdktf": ("deploying", "Run the cdktf CLI with the tools of this project."),
    "release": ("releasing", "Build, push and deploy an image; undo a failure."),
    "rollback": ("releasing", "Deploy the image of an earlier release."),
    "releases": ("releasing", "List the releases, and the one that is deployed."),
    "status": ("checking", "Show services, targets, heartbeats, queue and alarms."),
    "logs": ("tasks", "Print the log of web, daemon or one run."),
    "validate": ("checking", "Check that the deployment is complete and works."),
    "doctor": ("checking", "Find problems and their causes."),
    "cost": ("environments", "Estimate the monthly cost of an environment."),
    "scale": ("tasks", "Set the number of web or daemon tasks."),
    "exec": ("tasks", "Run one command in a new task like the daemon's."),
    "run": ("tasks", "Materialize one partition of an asset."),
    "ci-roles": ("ci", "Create or update the roles of GitHub Actions."),
    "require-approval": ("ci", "Fail unless GitHub requires approval to deploy."),
    "plan-comment": ("ci", "Plan, and comment on a pull request."),
    "drift": ("ci", "Plan, and keep an issue open while there is drift."),
    "env": ("", "Create, check and remove environments."),
    "env create": ("environments", "Create the file of an environment from the file of another one."),
    "env list": ("environments", "Check the files of all environments."),
    "env remove": ("environments", "Remove the file of an environment that is destroyed."),
    "secrets": ("", "List and change secrets."),
    "secrets set": ("secrets", "Store a new value of a secret, and deploy it."),
    "secrets list": ("secrets", "List the secrets with their ages and versions, without their values."),
    "local": ("", "Manage the local AWS on this machine."),
    "local up": ("local", "Start the local AWS, and deploy prod to it."),
    "local down": ("local", "Stop the local AWS, and keep its data."),
    "local reset": ("local", "Stop the local AWS, and delete its data."),
    "local status": ("local", "Show what is deployed on the local AWS."),
    "local databases": ("local", "Create missing databases of this account."),
    "local ps": ("local", "List the running and the recently stopped tasks."),
    "local logs": ("local", "Print the last lines of each task."),
    "local env": ("local", "Print the shell variables for terraform, cdktf and aws."),
}


class LazyGroup(TyperGroup):
    """Holds a placeholder for each command; the command itself replaces it where one is named."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, found, rest = super().resolve_command(ctx, args)
        path = f"{self.name} {name}".strip()
        return name, load(path) if found and COMMANDS[path][0] else found, rest


def load(path: str) -> typer.core.TyperCommand:
    """Import the module of the command, and put the summary before what its docstring adds."""
    module, summary = COMMANDS[path]
    command = get_group(import_module(f"ops.cli.{module}").app).commands[path.rpartition(" ")[2]]
    command.help = "\n\n".join(filter(None, (summary, command.help)))
    return cast("typer.core.TyperCommand", command)


def placeholders() -> typer.Typer:
    """The whole command line without a module of a command."""
    app = typer.Typer(
        cls=LazyGroup,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # importing rich takes longer than everything else together
        help="Deploy and operate Dagster on ECS Fargate.",
    )
    groups = {"": app}
    for path, (module, summary) in COMMANDS.items():
        group, _, name = path.rpartition(" ")
        if module:
            groups[group].command(name, help=summary)(_placeholder)
        else:
            groups[path] = typer.Typer(cls=LazyGroup, no_args_is_help=True)
            app.add_typer(groups[path], name=path, help=summary)
    return app


def _placeholder() -> None:
    """Never called."""
