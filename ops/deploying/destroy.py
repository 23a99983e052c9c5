"""`asset-manager destroy`: services, then base, and never by mistake.

refused: protected, data in a bucket, runs going on -> plans, shown -> the name, typed
-> services -> runs' tasks stopped -> buckets emptied -> base -> what is left, told
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ops.aws import bucket_contents
from ops.console.errors import HoldsDataError, Interrupted, NotConfirmedError, OperatorError, TerraformError
from ops.console.prompt import answer
from ops.dagster_api.deployment import Deployment
from ops.deploying.leftovers import left, runs_and_commands, stop
from ops.terraform import workspace
from ops.terraform.plan_summary import Change, by_kind, changes
from ops.terraform.run import Terraform
from settings.load import Settings, load

ATTEMPTS = 3  # the load balancer's last access logs arrive when it is gone already


def destroy(environment: str, *, confirm: str | None, with_data: bool, kill_runs: bool) -> None:
    """Destroy both stacks of an environment; what Terraform does not know of stays, and is told."""
    settings = load(environment)
    _refuse_protected(settings, settings.deletion_protection)
    if confirm not in {None, environment}:
        raise NotConfirmedError(f"--confirm {confirm} is not {environment}, which would be destroyed. Nothing was.")
    workspace.check_credentials(settings)
    aws = Deployment.of_environment(settings, None)
    _refuse_data(aws, with_data=with_data)
    _refuse_runs(aws, kill_runs=kill_runs)
    base, services = workspace.prepare(environment)
    _refuse_protected(settings, is_protected(base))
    with tempfile.TemporaryDirectory(prefix="asset-manager-plan-") as folder:
        plans = {stack.stack: Path(folder) / stack.stack for stack in (services, base)}
        found = [_planned(stack, plans[stack.stack]) for stack in (services, base)]
        if any(found):
            ask(settings, confirm)
            try:
                if found[0]:
                    _apply(services, plans["services"])
                going = runs_and_commands(aws)
                if going and not kill_runs:  # launched since it was asked: the daemon was there until now
                    raise HoldsDataError(
                        f"services is destroyed; {len(going)} tasks were launched meanwhile and go on. When they "
                        f"have ended, or with --kill-runs, `asset-manager destroy -e {environment}` goes on with base."
                    )
                stop(aws, going, _tell)
                if found[1]:
                    _destroy_base(aws, base, plans["base"], found[1], with_data=with_data)
            except Interrupted:
                raise Interrupted(
                    f"interrupted; Terraform saved its state. What is destroyed is destroyed: `asset-manager destroy "
                    f"-e {environment}` goes on from here, and `asset-manager deploy -e {environment}` puts it back."
                ) from None
    print("\n".join(left(aws)), flush=True)


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


def _refuse_data(aws: Deployment, *, with_data: bool) -> None:
    if with_data:
        return
    buckets = (aws.settings.artifacts_bucket, aws.settings.access_logs_bucket)
    held = {bucket: bucket_contents.first_page(aws.s3, bucket) for bucket in buckets}
    if any(held.values()):
        told = " and ".join(
            f"{bucket} {count}{' or more' * (count == bucket_contents.A_CALL)}"
            for bucket, count in held.items()
            if count
        )
        raise HoldsDataError(
            f"there is data in the buckets, objects and versions of them: {told}. Copy what is to be kept; with "
            "--with-data all of it is deleted, for good. Nothing was changed."
        )


def _refuse_runs(aws: Deployment, *, kill_runs: bool) -> None:
    going = runs_and_commands(aws)
    if going and not kill_runs:
        raise HoldsDataError(
            f"{len(going)} tasks of runs or commands are going on, {going[0]} for one. Wait until they have ended "
            "(asset-manager status), or say --kill-runs. Nothing was changed."
        )


def _planned(stack: Terraform, file: Path) -> Sequence[Change]:
    print(f"==> terraform plan -destroy: {stack.stack}", flush=True)
    if not stack.state().get("resources"):
        print(f"{stack.stack}: nothing to destroy", flush=True)
        return []
    document = stack.save_plan(file, "-destroy")
    found = changes(document)
    print(by_kind(stack.stack, found), flush=True)
    return found


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


def _apply(stack: Terraform, plan: Path) -> None:
    print(f"==> terraform destroy: {stack.stack}", flush=True)
    stack.apply_plan(plan)


def _destroy_base(aws: Deployment, base: Terraform, plan: Path, asked: Sequence[Change], *, with_data: bool) -> None:
    # Refused here where somebody else is at work, before anything is deleted for good.
    if changes(base.save_plan(plan, "-destroy")) != asked:
        raise OperatorError(
            "base is not what it was when you were asked: somebody else deployed meanwhile. services is destroyed, "
            "base and its data are as they are. Look at what they did, and run it again: "
            f"`asset-manager destroy -e {aws.settings.environment}`."
        )
    for attempt in range(ATTEMPTS):
        if with_data:
            for bucket in (aws.settings.artifacts_bucket, aws.settings.access_logs_bucket):
                bucket_contents.empty(aws.s3, bucket, _tell)
        try:
            if attempt > 0:
                base.save_plan(plan, "-destroy")  # of what is left
            _apply(base, plan)
        except TerraformError as error:
            if "BucketNotEmpty" not in str(error):
                raise
            if not with_data or attempt == ATTEMPTS - 1:
                raise HoldsDataError(
                    "something was written into a bucket meanwhile, as the load balancer's last access logs are. "
                    f"All else is destroyed: `asset-manager destroy -e {aws.settings.environment} --with-data` goes on."
                ) from error
        else:
            return


def _tell(line: str) -> None:
    print(f"    {line}", flush=True)
