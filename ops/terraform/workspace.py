"""The working folders of both stacks of one environment: fresh JSON, and Terraform initialised in each."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ops.aws import steady
from ops.aws.account import Account
from ops.terraform import toolchain
from ops.terraform.project import ROOT, synthesize
from ops.terraform.run import StateNotSavedError, Terraform
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


def check_credentials(settings: Settings) -> None:
    Account.of_shell(settings)


def wait_until_steady(workspace: Workspace) -> None:
    """Wait until ECS runs what was applied; raises if it does not."""
    print("==> waiting for ECS to run it", flush=True)
    cluster, wanted = workspace.settings.existing.cluster, steady.applied(workspace.services.state())
    ecs = workspace.account.clients.ecs
    steady.wait(ecs, cluster, wanted, SECONDS_TO_BE_STEADY, lambda line: print(f"    {line}"))
