"""`asset-manager deploy`: plan, show, ask, apply base then services, wait for ECS, validate."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ops.aws import in_progress
from ops.aws.ecr import Registry
from ops.checking.report import look, show
from ops.checking.validate import standing_checks
from ops.console.errors import Interrupted, NotConfirmedError, NotValidError
from ops.console.prompt import answer
from ops.dagster_api.deployment import Deployment
from ops.deploying import releases
from ops.deploying.release_record import FAILED, RELEASED
from ops.terraform import workspace
from ops.terraform.plan_summary import Change, changes, text
from ops.terraform.run import NotDeployedError, Terraform
from ops.terraform.secret_values import require_values
from settings.load import Settings, load

SECONDS_TO_BE_VALID = 300  # heartbeats and target health come some time after ECS is steady


def deploy(environment: str, *, yes: bool, supersede: bool, validate: bool) -> int:
    """Bring an environment to what its settings say; the exit code. Interrupted, it says how far it came."""
    done = ["nothing was changed."]
    try:
        return _deploy(environment, done, yes=yes, supersede=supersede, validate=validate)
    except Interrupted:
        raise Interrupted(f"interrupted; {done[-1]}") from None


def _deploy(environment: str, done: list[str], *, yes: bool, supersede: bool, validate: bool) -> int:
    """`done` gets a sentence for each step that begins."""
    again = f"`asset-manager deploy -e {environment}` goes on."
    settings = load(environment)
    workspace.check_credentials(settings)
    Registry(region=settings.region, repository=settings.existing.repository).require(settings.image_tag)
    if not supersede:
        in_progress.refuse(settings)
    base, services = workspace.prepare(environment)
    require_values(base, settings)
    ask = take_as_said if yes else ask_operator
    with tempfile.TemporaryDirectory(prefix="asset-manager-plan-") as folder:
        first, then = Path(folder) / "base", Path(folder) / "services"
        in_base = planned(base, first)
        shown = None if in_base is None else planned(services, then)
        if in_base or shown is None or shown:
            ask(f"deploy this to {environment}, account {settings.account_id}", "Nothing was changed.")
        if in_base or shown is None:  # without a resource's change it is base's outputs that services waits for
            print("==> terraform apply: base", flush=True)
            done.append(f"what was begun in base is in its state, services is as it was: {again}")
            base.apply_plan(first)
            done.append(f"base is deployed, services is as it was: {again}")
            # It may stand on what base has just become.
            with_base = planned(services, then)
            if with_base != shown:
                ask("this is what services comes to with it: deploy it", "base is deployed, services is as it was.")
            shown = with_base
        if shown:
            print("==> terraform apply: services", flush=True)
            done.append(f"base is deployed, what was begun in services is in its state: {again}")
            services.apply_plan(then)
            done.append("both are deployed, and ECS goes on to roll its services: asset-manager status")
    workspace.wait_until_steady(settings, services)
    failed = failed_checks(settings) if validate else []
    releases.add_deployed(settings, FAILED if failed else RELEASED)
    return NotValidError.exit_code if failed else 0


def failed_checks(settings: Settings) -> list[str]:
    """Validate; the names of what is not as it should be."""
    print("==> asset-manager validate", flush=True)
    results = look(standing_checks(Deployment.of_environment(settings, None)), SECONDS_TO_BE_VALID, print)
    show(results)
    return [result.name for result in results if result.status == "failed"]


def failed_already(settings: Settings) -> list[str]:
    """The same before anything is done: one look, and only what is failed is told."""
    print("==> asset-manager validate, before it", flush=True)
    results = look(standing_checks(Deployment.of_environment(settings, None)), 0, print)
    failed = [result for result in results if result.status == "failed"]
    for result in failed:
        print(f"    failed already, and will not count: {result.name}: {result.why}", flush=True)
    return [result.name for result in failed]


def planned(stack: Terraform, file: Path) -> Sequence[Change] | None:
    """What it would do, told; None where it cannot be known before base is there."""
    print(f"==> terraform plan: {stack.stack}", flush=True)
    try:
        found = changes(stack.save_plan(file))
    except NotDeployedError:
        print("services: can be planned once base is applied, and is shown then", flush=True)
        return None
    print(text(stack.stack, found), flush=True)
    return found


def ask_operator(what: str, otherwise: str) -> None:
    """Raise unless the answer is yes."""
    if not sys.stdin.isatty():
        raise NotConfirmedError(f"nobody is at this terminal to be asked: {what}? Say --yes. {otherwise}")
    if answer(f"{what}? (yes/no) ").lower() != "yes":
        raise NotConfirmedError(f"not deployed. {otherwise}")


def take_as_said(what: str, _otherwise: str) -> None:
    """--yes."""
    print(f"{what}: --yes", flush=True)
