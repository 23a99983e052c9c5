"""`asset-manager destroy`: services, then base, and never by mistake.

refused: protected, data in a bucket, running tasks -> both plans, printed -> the name, typed
-> services -> tasks of runs stopped -> buckets emptied -> base -> what is left, printed
"""

from __future__ import annotations

import sys
from pathlib import Path

from ops.aws import bucket_contents
from ops.aws.account import Account
from ops.console.errors import HoldsDataError, Interrupted, NotConfirmedError, OperatorError, TerraformError
from ops.console.progress import detail
from ops.console.prompt import answer
from ops.deploying.leftovers import left, runs_and_commands, stop
from ops.terraform import workspace
from ops.terraform.plan_and_apply import SavedPlan, plan_folder, planned_destroy, print_destroy
from ops.terraform.run import Terraform
from settings.load import Settings, load

ATTEMPTS = 3  # the load balancer's last access logs arrive when it is gone already


def destroy(environment: str, *, confirm: str | None, with_data: bool, kill_runs: bool) -> None:
    """Destroy both stacks of an environment; print what stays because Terraform does not manage it."""
    settings = load(environment)
    _refuse_protected(settings, settings.deletion_protection)
    if confirm not in {None, environment}:
        raise NotConfirmedError(f"--confirm {confirm} is not {environment}, which would be destroyed. Nothing was.")
    account = Account.of_shell(settings)
    _refuse_data(account, with_data=with_data)
    _refuse_runs(account, kill_runs=kill_runs)
    prepared = workspace.prepare(account)
    _refuse_protected(settings, is_protected(prepared.base))
    with plan_folder() as folder:
        services, base = _planned(prepared.services, folder), _planned(prepared.base, folder)
        if services or base:
            ask(settings, confirm)
            try:
                if services:
                    services.apply("Nothing was destroyed.")
                going = runs_and_commands(account)
                if going and not kill_runs:  # launched after the question: the daemon ran until now
                    raise HoldsDataError(
                        f"services is destroyed; {len(going)} tasks were launched meanwhile and go on. When they "
                        f"have ended, or with --kill-runs, `asset-manager destroy -e {environment}` goes on with base."
                    )
                stop(account, going, detail)
                if base:
                    _destroy_base(account, base, with_data=with_data)
            except Interrupted:
                raise Interrupted(
                    f"interrupted; Terraform saved its state. What is destroyed is destroyed: `asset-manager destroy "
                    f"-e {environment}` goes on from here, and `asset-manager deploy -e {environment}` puts it back."
                ) from None
    print("\n".join(left(account)), flush=True)


def is_protected(base: Terraform) -> bool:
    """Whether the load balancer is, in AWS: the settings may say otherwise since the last deployment."""
    return any(
        instance["attributes"].get("enable_deletion_protection")
        for resource in base.state().get("resources", [])
        if resource["type"] == "aws_lb"
        for instance in resource["instances"]
    )


def _refuse_protected(settings: Settings, protected: bool) -> None:
    if protected:
        raise HoldsDataError(
            f"{settings.environment} is protected. Set `deletion_protection: false` in "
            f"environments/{settings.environment}.yaml, and `asset-manager deploy -e {settings.environment}`; then "
            "destroy it. Nothing was changed."
        )


def _refuse_data(account: Account, *, with_data: bool) -> None:
    if with_data:
        return
    buckets = (account.settings.artifacts_bucket, account.settings.access_logs_bucket)
    held = {bucket: bucket_contents.first_page(account.clients.s3, bucket) for bucket in buckets}
    if any(held.values()):
        counts = " and ".join(
            f"{bucket} {count}{' or more' * (count == bucket_contents.A_CALL)}"
            for bucket, count in held.items()
            if count
        )
        raise HoldsDataError(
            f"there is data in the buckets, objects and versions of them: {counts}. Copy what is to be kept; with "
            "--with-data all of it is deleted, for good. Nothing was changed."
        )


def _refuse_runs(account: Account, *, kill_runs: bool) -> None:
    going = runs_and_commands(account)
    if going and not kill_runs:
        raise HoldsDataError(
            f"{len(going)} tasks of runs or commands are going on, {going[0]} for one. Wait until they have ended "
            "(asset-manager status), or say --kill-runs. Nothing was changed."
        )


def _planned(stack: Terraform, folder: Path) -> SavedPlan | None:
    """The printed plan; None if there is nothing to destroy."""
    print(f"==> terraform plan -destroy: {stack.stack}", flush=True)
    if not stack.state().get("resources"):
        print(f"{stack.stack}: nothing to destroy", flush=True)
        return None
    plan = planned_destroy(stack, folder)
    print_destroy(plan)
    return plan if plan.changes else None


def ask(settings: Settings, confirm: str | None) -> None:
    """Raise unless its name is typed, or was given."""
    name = settings.environment
    what = f"destroy {name}, account {settings.account_id}, {settings.region}"
    if confirm is None:
        if not sys.stdin.isatty():
            raise NotConfirmedError(
                f"nobody is at this terminal to be asked: {what}? Say --confirm {name}. Nothing was changed."
            )
        if answer(f"{what}? Type its name: ") != name:
            raise NotConfirmedError("that is not its name. Nothing was changed.")
    else:
        print(f"{what}: --confirm {name}", flush=True)


def _destroy_base(account: Account, printed: SavedPlan, *, with_data: bool) -> None:
    settings, s3 = account.settings, account.clients.s3
    # Planned again: if somebody else works on base, this refuses before anything is deleted for good.
    plan = planned_destroy(printed.stack, printed.file.parent)
    if plan.changes != printed.changes:
        raise OperatorError(
            "base is not what it was when you were asked: somebody else deployed meanwhile. services is destroyed, "
            "base and its data are as they are. Look at what they did, and run it again: "
            f"`asset-manager destroy -e {settings.environment}`."
        )
    for attempt in range(ATTEMPTS):
        if with_data:
            for bucket in (settings.artifacts_bucket, settings.access_logs_bucket):
                bucket_contents.empty(s3, bucket, detail)
        try:
            if attempt > 0:
                plan = planned_destroy(printed.stack, printed.file.parent)  # of what is left
            plan.apply("services is destroyed.")
        except TerraformError as error:
            if "BucketNotEmpty" not in str(error):
                raise
            if not with_data or attempt == ATTEMPTS - 1:
                raise HoldsDataError(
                    "something was written into a bucket meanwhile, as the load balancer's last access logs are. "
                    f"All else is destroyed: `asset-manager destroy -e {settings.environment} --with-data` goes on."
                ) from error
        else:
            return
