"""`asset-manager plan`: prints what Terraform would change, or returns it as Markdown."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout

from ops.terraform import plan_summary
from ops.terraform.plan_and_apply import plan_folder
from ops.terraform.run import NotDeployedError
from ops.terraform.workspace import Workspace, prepare_environment


def plan(environment: str) -> bool:
    """Plan both stacks; whether there is anything to change."""
    return is_anything_to_change(prepare_environment(environment))


def is_anything_to_change(workspace: Workspace) -> bool:
    """Print Terraform's own plan of both stacks; whether there is anything to change.

    Terraform cannot plan `services` before `base` was applied once (terraform-cdk#2235), which counts as a change.
    """
    changes = []
    for stack in (workspace.base, workspace.services):
        print(f"==> terraform plan: {stack.stack}", flush=True)
        try:
            changes.append(stack.plan())
        except NotDeployedError:
            print("    services reads what base made: it can be planned once base is applied", flush=True)
            changes.append(True)
    return any(changes)


def plan_as_markdown(environment: str) -> tuple[str, bool]:
    """Both plans as a pull request's comment, and whether there is anything to change; progress goes to stderr.

    Nobody applies these plans, so they take no lock: they need no right to write, and they stop no deploy.
    """
    with redirect_stdout(sys.stderr), plan_folder() as folder:
        workspace = prepare_environment(environment)
        settings = workspace.settings
        parts, changing = [f"## Plan of {environment} (account {settings.account_id}, {settings.region})\n"], False
        for stack in (workspace.base, workspace.services):
            print(f"==> terraform plan: {stack.stack}", flush=True)
            file = folder / stack.stack
            try:
                found = plan_summary.changes(stack.save_plan(file, "-lock=false"))
            except NotDeployedError:
                parts.append("### `services`: can be planned once base is applied\n")
                changing = True
                continue
            parts.append(plan_summary.markdown(stack.stack, found, stack.plan_for_people(file) if found else ""))
            changing = changing or bool(found)
    return "\n".join(parts), changing
