"""Whether somebody has to approve a deployment: what GitHub has of the repository's environment.

GitHub makes an environment that a workflow names and nobody made, without any rule
(https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments).
"""

from __future__ import annotations

import json
from typing import Any

from ops.ci.github import gh
from ops.errors import OperatorError


def require(environment: str) -> None:
    """Raise unless its jobs wait for a reviewer, and are of branches that somebody chose."""
    found = json.loads(gh("api", f"repos/{{owner}}/{{repo}}/environments/{environment}"))
    missing = problems(found)
    if missing:
        raise OperatorError(
            f"the repository's environment {environment} {' and '.join(missing)}. Nothing was deployed: set it "
            f"(Settings, Environments, {environment}); in a private repository that takes GitHub Enterprise."
        )
    print(f"the environment {environment} asks its reviewers, and is of chosen branches")


def problems(found: Any) -> list[str]:
    """What `GET /repos/{owner}/{repo}/environments/{name}` lacks."""
    reviewers = [
        reviewer
        for rule in found["protection_rules"]
        if rule["type"] == "required_reviewers"
        for reviewer in rule["reviewers"]
    ]
    missing = [] if reviewers else ["has no required reviewers"]
    return missing if found["deployment_branch_policy"] else [*missing, "lets any branch deploy"]
