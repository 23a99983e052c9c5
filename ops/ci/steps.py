"""`asset-manager plan-comment` and `asset-manager drift`: a plan, and what GitHub is told of it."""

from __future__ import annotations

from http import HTTPStatus

from botocore.exceptions import ClientError

from ops.aws.clients import Clients
from ops.ci import issue, pull_request
from ops.terraform import workspace
from settings.load import Settings, load
from settings.names import STACKS


def plan_comment(environment: str, number: int) -> None:
    """Plan, and say so in the pull request; a plan that failed is said too, for the last one no longer holds."""
    try:
        comment, _ = workspace.plan_as_markdown(environment)
    except Exception:
        pull_request.renew(
            environment, number, f"## Plan of {environment}\n\nThis could not be planned: the log says why.\n"
        )
        raise
    pull_request.renew(environment, number, comment)


def drift(environment: str) -> None:
    """Plan, and open, renew or close the issue; a deployment that is under way is no drift."""
    settings = load(environment)
    workspace.check_credentials(settings)
    if not is_locked(settings):
        comment, differs = workspace.plan_as_markdown(environment)
        if not is_locked(settings):  # nor one that began meanwhile
            _report(environment, comment if differs else None)
            return
    print(f"{environment} is being deployed: its state is locked. It is looked at next time.")


def _report(environment: str, difference: str | None) -> None:
    title = f"{environment} differs from main"
    if difference is None:
        issue.close("drift", title, "A plan changes nothing.")
        print(f"{environment} does not differ from main")
        return
    advice = (
        "`make deploy` applies this plan. To keep a change that was made by hand, write it into the environment file."
    )
    issue.open_or_update("drift", title, f"{difference}\n{advice}\n")


def is_locked(settings: Settings) -> bool:
    """Whether Terraform is at work on either stack: its lock is an object beside the state."""
    s3 = Clients.of_shell(settings.region).s3
    for stack in STACKS:
        try:
            s3.head_object(Bucket=settings.state_bucket, Key=f"{settings.state_key(stack)}.tflock")
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != HTTPStatus.NOT_FOUND:
                raise
        else:
            return True
    return False
