"""`asset-manager drift`: plans, and keeps an issue open while the plan changes something."""

from __future__ import annotations

from http import HTTPStatus

from botocore.exceptions import ClientError

from ops.aws.clients import Clients
from ops.ci import issue
from ops.terraform.plan import plan_as_markdown
from ops.terraform.workspace import check_credentials
from settings.load import Settings, load
from settings.names import STACKS


def drift(environment: str) -> None:
    """Plan, and open, update or close the issue; while a deployment is in progress, do nothing."""
    settings = load(environment)
    check_credentials(settings)
    if not is_locked(settings):
        comment, differs = plan_as_markdown(environment)
        if not is_locked(settings):  # no deployment began during the plan
            _report(environment, comment if differs else None)
            return
    print(f"{environment} is being deployed: its state is locked. The next run checks it.")


def _report(environment: str, difference: str | None) -> None:
    title = f"{environment} differs from main"
    if difference is None:
        issue.close("drift", title, "A plan changes nothing.")
        print(f"{environment} does not differ from main")
        return
    advice = "`make deploy` applies this plan. To keep a manual change, write it into the environment file."
    issue.open_or_update("drift", title, f"{difference}\n{advice}\n")


def is_locked(settings: Settings) -> bool:
    """Whether Terraform runs on either stack: its lock is an object beside the state."""
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
