"""Checks that a reviewer has to approve a deployment, by the rules of the repository's environment on GitHub.

GitHub creates an environment without any rule when a workflow names one that does not exist
(https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ops.ci.github import gh
from ops.console.errors import RefusedError

ENVIRONMENTS = "repos/{owner}/{repo}/environments"
BRANCH = "main"


def require(environment: str, commit: str | None) -> None:
    """Raise unless the environment's jobs wait for a reviewer and run on main only: the role trusts all of these jobs.

    Raise too if `commit`, which the job would deploy, is not main's newest: a job that waited for long, or runs again,
    would undo later releases. `commit` is None on a laptop.
    """
    found = json.loads(gh("api", f"{ENVIRONMENTS}/{environment}"))
    chosen = []
    if (found["deployment_branch_policy"] or {}).get("custom_branch_policies"):
        listed = json.loads(gh("api", f"{ENVIRONMENTS}/{environment}/deployment-branch-policies"))
        chosen = [policy["name"] for policy in listed["branch_policies"]]
    missing = problems(found, chosen)
    if missing:
        raise RefusedError(
            f"the repository's environment {environment} {' and '.join(missing)}. Nothing was deployed: give it "
            f"required reviewers, and {BRANCH} as its only selected branch (Settings, Environments, {environment}); in "
            "a private repository that needs GitHub Enterprise."
        )
    newest = json.loads(gh("api", f"repos/{{owner}}/{{repo}}/commits/{BRANCH}"))["sha"]
    if commit not in {None, newest}:
        raise RefusedError(
            f"{BRANCH} is {newest[:12]} by now, and this job is of {commit[:12]}, which would undo later commits. "
            f"Nothing was deployed: approve the newest run of the workflow; to go back, revert on {BRANCH}."
        )
    print(f"the environment {environment} requires a review, and allows {BRANCH} only")


def problems(found: Any, chosen: Sequence[str]) -> list[str]:
    """Return the rules that an environment on GitHub lacks; `chosen` are its selected branches.

    "Protected branches only" is not enough: if no branch is protected, it lets every branch deploy.
    https://docs.github.com/en/rest/deployments/environments
    """
    reviewers = [
        reviewer
        for rule in found["protection_rules"]
        if rule["type"] == "required_reviewers"
        for reviewer in rule["reviewers"]
    ]
    missing = [] if reviewers else ["has no required reviewers"]
    return missing if list(chosen) == [BRANCH] else [*missing, f"lets others than {BRANCH} deploy"]
