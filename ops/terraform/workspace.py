"""The real AWS, or whichever this shell's variables name: checked credentials, fresh JSON, Terraform for each stack."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path

import boto3

from ops.aws import account, steady
from ops.aws.clients import Clients
from ops.terraform import plan_summary, toolchain
from ops.terraform.project import ROOT, synthesize
from ops.terraform.run import NotDeployedError, StateNotSavedError, Terraform
from ops.terraform.secret_values import require_values
from settings.load import Settings, load
from settings.names import STACKS

# A web that never becomes healthy is given up after three tasks: each a minute to start, 120 s of grace, a minute and a
# half of failed health checks, 30 s to drain and as long as 120 s to stop. Then the old revision comes back.
SECONDS_TO_BE_STEADY = 1800


def prepare(environment: str) -> list[Terraform]:
    """Both stacks of an environment, synthesized and initialised; refused before anything is touched."""
    settings = load(environment)
    check_credentials(settings)
    environ = {**os.environ, **toolchain.environment(ROOT)}
    # One for each, so that two can be worked on at a time; cdktf.out/stacks is the cdktf CLI's, and `make synth`'s.
    out = ROOT / "cdktf.out" / "environments" / environment
    for unsaved in out.glob("stacks/*/errored.tfstate"):
        raise StateNotSavedError(
            f"{unsaved} is a state that Terraform could not save: another apply would fork it. Save it "
            "(`terraform state push errored.tfstate` in that folder), then remove the file. Nothing was changed."
        )
    synthesize(environment, out, environ)
    binary = Path(environ["TERRAFORM_BINARY_NAME"])
    stacks = [Terraform(binary, environ, out / "stacks" / stack) for stack in STACKS]
    for stack in stacks:
        print(f"==> terraform init: {stack.stack}", flush=True)
        stack.init()
    return stacks


def check(environment: str) -> None:
    """Refuse a deployment that cannot succeed, before it is begun."""
    base, _ = prepare(environment)
    require_values(base, load(environment))


def check_credentials(settings: Settings) -> None:
    account.check_credentials(Clients.of_shell(settings.region), settings)


def plan(environment: str) -> bool:
    """Plan both stacks; whether there is anything to change."""
    return is_anything_to_change(prepare(environment))


def is_anything_to_change(stacks: Sequence[Terraform]) -> bool:
    """Show what would be.

    `services` cannot be planned before `base` was applied once (terraform-cdk#2235): that is said, and is a change.
    """
    changes = []
    for stack in stacks:
        print(f"==> terraform plan: {stack.stack}", flush=True)
        try:
            changes.append(stack.plan())
        except NotDeployedError:
            print("    services reads what base made: it can be planned once base is applied", flush=True)
            changes.append(True)
    return any(changes)


def plan_as_markdown(environment: str) -> tuple[str, bool]:
    """Both stacks' plans as a pull request's comment, and whether there is anything to change; progress on stderr.

    Nobody applies these plans, so they take no lock: whoever makes them needs no right to write, and stops no deploy.
    """
    with redirect_stdout(sys.stderr), tempfile.TemporaryDirectory(prefix="asset-manager-plan-") as folder:
        settings = load(environment)
        parts, changing = [f"## Plan of {environment} (account {settings.account_id}, {settings.region})\n"], False
        for stack in prepare(environment):
            print(f"==> terraform plan: {stack.stack}", flush=True)
            file = Path(folder) / stack.stack
            try:
                found = plan_summary.changes(stack.save_plan(file, "-lock=false"))  # nobody applies it
            except NotDeployedError:
                parts.append("### `services`: can be planned once base is applied\n")
                changing = True
                continue
            parts.append(plan_summary.markdown(stack.stack, found, stack.plan_for_people(file) if found else ""))
            changing = changing or bool(found)
    return "\n".join(parts), changing


def wait_until_steady(settings: Settings, services: Terraform) -> None:
    """Until ECS runs what was applied; raises where it does not."""
    print("==> waiting for ECS to run it", flush=True)
    ecs = boto3.client("ecs", region_name=settings.region, config=steady.PATIENT)
    wanted = steady.applied(services.state())
    steady.wait(ecs, settings.existing.cluster, wanted, SECONDS_TO_BE_STEADY, lambda line: print(f"    {line}"))


def wait_for(environment: str) -> None:
    """The same, for what somebody else has just applied."""
    _, services = prepare(environment)
    wait_until_steady(load(environment), services)
