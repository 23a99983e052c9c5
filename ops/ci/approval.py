"""Whether somebody has to approve a deployment: what GitHub has of the repository's environment.

GitHub makes an environment that a workflow names and nobody made, without any rule
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
    """Raise unless its jobs wait for a reviewer and are of main alone: the role trusts whatever job is of it.

    And unless `commit`, which the job would deploy, is still main's newest: one that waited for long, or is run again,
    would undo what was released since. None on a laptop, which deploys nothing by this.
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
            "a private repository that takes GitHub Enterprise."
        )
    newest = json.loads(gh("api", f"repos/{{owner}}/{{repo}}/commits/{BRANCH}"))["sha"]
    if commit not in {None, newest}:
        raise RefusedError(
            f"{BRANCH} is {newest[:12]} by now, and this job is of {commit[:12]}, which would undo what came after it. "
            f"Nothing was deployed: approve the newest run of the workflow; to go back, revert on {BRANCH}."
        )
    print(f"the environment {environment} asks its reviewers, and is of {BRANCH} alone")


def problems(found: Any, chosen: Sequence[str]) -> list[str]:
    """What GitHub says of an environment and of its selected branches, against what it is to say.

    "Protected branches only" is no choice: where none is protected, it lets every branch deploy.
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
