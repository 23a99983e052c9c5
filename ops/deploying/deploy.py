"""`asset-manager deploy`: plan, print, ask, apply base then services, wait for ECS, validate."""

from __future__ import annotations

from pathlib import Path

from ops.aws import in_progress
from ops.aws.account import Account
from ops.aws.ecr import Registry
from ops.checking.report import look, show
from ops.checking.validate import standing_checks
from ops.console.errors import Interrupted, NotValidError
from ops.dagster_api.deployment import Deployment
from ops.deploying import releases
from ops.deploying.release_record import FAILED, RELEASED
from ops.terraform import workspace
from ops.terraform.plan_and_apply import SavedPlan, confirm, plan_folder, planned
from ops.terraform.run import NotDeployedError, Terraform
from ops.terraform.secret_values import require_values
from settings.load import Settings, load

SECONDS_TO_BE_VALID = 300  # heartbeats and target health come some time after ECS is steady


def deploy(environment: str, *, yes: bool, supersede: bool, validate: bool) -> int:
    """Bring an environment to what its settings say; the exit code. An interrupt says which steps are done."""
    done = ["nothing was changed."]
    try:
        return _deploy(environment, done, yes=yes, supersede=supersede, validate=validate)
    except Interrupted:
        raise Interrupted(f"interrupted; {done[-1]}") from None


def _deploy(environment: str, done: list[str], *, yes: bool, supersede: bool, validate: bool) -> int:
    """`done` gets a sentence for each step that begins."""
    again = f"`asset-manager deploy -e {environment}` goes on."
    settings = load(environment)
    account = Account.of_shell(settings)
    Registry(region=settings.region, repository=settings.existing.repository).require(settings.image_tag)
    if not supersede:
        in_progress.refuse(settings)
    prepared = workspace.prepare(account)
    require_values(prepared.base, settings)
    ask = confirm(yes=yes)
    with plan_folder() as folder:
        base = planned(prepared.base, folder)
        services = _planned_services(prepared.services, folder)
        if base.changes or services is None or services.changes:
            ask(f"deploy this to {environment}, account {settings.account_id}", "Nothing was changed.")
        if base.changes or services is None:  # without a change of a resource, services waits for base's outputs
            done.append(f"what was begun in base is in its state, services is as it was: {again}")
            base.apply("Nothing was changed.")
            done.append(f"base is deployed, services is as it was: {again}")
            with_base = _planned_services(prepared.services, folder)  # it may read what base has just become
            if with_base != services:
                ask("this is what services comes to with it: deploy it", "base is deployed, services is as it was.")
            services = with_base
        if services and services.changes:
            done.append(f"base is deployed, what was begun in services is in its state: {again}")
            services.apply("base is deployed, services is as it was.")
            done.append("both are deployed, and ECS goes on to roll its services: asset-manager status")
    workspace.wait_until_steady(prepared)
    failed = failed_checks(settings) if validate else []
    releases.add_deployed(account, FAILED if failed else RELEASED)
    return NotValidError.exit_code if failed else 0


def failed_checks(settings: Settings) -> list[str]:
    """Validate; return the names of the checks that failed."""
    print("==> asset-manager validate", flush=True)
    results = look(standing_checks(Deployment.of_environment(settings, None)), SECONDS_TO_BE_VALID, print)
    show(results)
    return [result.name for result in results if result.status == "failed"]


def failed_already(settings: Settings) -> list[str]:
    """Validate once before a change, without waiting; print and return only what fails."""
    print("==> asset-manager validate, before it", flush=True)
    results = look(standing_checks(Deployment.of_environment(settings, None)), 0, print)
    failed = [result for result in results if result.status == "failed"]
    for result in failed:
        print(f"    failed already, and will not count: {result.name}: {result.why}", flush=True)
    return [result.name for result in failed]


def _planned_services(services: Terraform, folder: Path) -> SavedPlan | None:
    """The plan of `services`; None as long as `base` has not made what it reads."""
    try:
        return planned(services, folder)
    except NotDeployedError:
        print("services: can be planned once base is applied, and is shown then", flush=True)
        return None
