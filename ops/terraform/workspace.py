"""The working folders of both stacks of one environment: fresh JSON, and Terraform initialised in each."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from ops.aws import steady
from ops.aws.account import Account
from ops.terraform import plan_summary, toolchain
from ops.terraform.plan_and_apply import plan_folder
from ops.terraform.project import ROOT, synthesize
from ops.terraform.run import NotDeployedError, StateNotSavedError, Terraform
from ops.terraform.secret_values import require_values
from settings.load import Settings, load
from settings.names import STACKS

# ECS gives up a web server that never becomes healthy after three tasks: each needs a minute to start, 120 s of grace,
# a minute and a half of failed health checks, 30 s to drain and at most 120 s to stop. Then the old revision returns.
SECONDS_TO_BE_STEADY = 1800


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """One environment, prepared once for each command: its account, and Terraform for both stacks."""

    account: Account
    base: Terraform
    services: Terraform

    @property
    def settings(self) -> Settings:
        return self.account.settings

    def synthesize(self) -> None:
        """Write the JSON of both stacks again, from the environment file as it is now."""
        synthesize(self.settings.environment, self.base.folder.parents[1], self.base.environ)


def prepare(account: Account) -> Workspace:
    """Synthesize and initialise both stacks; raises before it touches anything if a state is not saved."""
    environ = {**os.environ, **toolchain.environment(ROOT)}
    # A folder for each environment, so that you can work on two at a time; cdktf.out/stacks belongs to the cdktf CLI
    # and to `make synth`.
    out = ROOT / "cdktf.out" / "environments" / account.settings.environment
    for unsaved in out.glob("stacks/*/errored.tfstate"):
        raise StateNotSavedError(
            f"{unsaved} is a state that Terraform could not save: another apply would fork it. Save it "
            "(`terraform state push errored.tfstate` in that folder), then remove the file. Nothing was changed."
        )
    binary = Path(environ["TERRAFORM_BINARY_NAME"])
    base, services = (Terraform(binary, environ, out / "stacks" / stack) for stack in STACKS)
    workspace = Workspace(account=account, base=base, services=services)
    workspace.synthesize()
    for stack in (base, services):
        print(f"==> terraform init: {stack.stack}", flush=True)
        stack.init()
    return workspace


def prepare_environment(environment: str) -> Workspace:
    """Load the settings, check the credentials, and prepare."""
    return prepare(Account.of_shell(load(environment)))


def check(environment: str) -> None:
    """Refuse a deployment that cannot succeed, before it starts."""
    workspace = prepare_environment(environment)
    require_values(workspace.base, workspace.settings)


def check_credentials(settings: Settings) -> None:
    Account.of_shell(settings)


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


def wait_until_steady(workspace: Workspace) -> None:
    """Wait until ECS runs what was applied; raises if it does not."""
    print("==> waiting for ECS to run it", flush=True)
    cluster, wanted = workspace.settings.existing.cluster, steady.applied(workspace.services.state())
    ecs = workspace.account.clients.ecs
    steady.wait(ecs, cluster, wanted, SECONDS_TO_BE_STEADY, lambda line: print(f"    {line}"))


def wait_for(environment: str) -> None:
    """Wait until ECS runs what the cdktf CLI applied."""
    wait_until_steady(prepare_environment(environment))
