"""`asset-manager plan-comment`: plans, and comments on a pull request."""

from __future__ import annotations

from ops.ci import pull_request
from ops.terraform.plan import plan_as_markdown


def plan_comment(environment: str, number: int) -> None:
    """Plan, and comment on the pull request; after a failure too, because the previous plan no longer holds."""
    try:
        comment, _ = plan_as_markdown(environment)
    except Exception:
        pull_request.renew(
            environment, number, f"## Plan of {environment}\n\nThe plan failed: the log has the reason.\n"
        )
        raise
    pull_request.renew(environment, number, comment)
