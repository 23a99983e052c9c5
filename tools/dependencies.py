"""`make upgrade-pr`: run `make upgrade` and keep one pull request with its changes."""

from __future__ import annotations

import json

from ops.ci.github import gh
from ops.console.errors import OperatorError
from ops.terraform.project import ROOT
from tools import upgrade
from tools._programs import run

BRANCH = "dependencies"
TITLE = "Raise the Python packages to their newest patches"
BODY = """`make upgrade` found newer patches of the packages in Pipfile, or newer versions of what those need.

GitHub starts no workflow for a pull request that a workflow's token opened: approve its runs, or close and reopen it.
"""
BOT = ["-c", "user.name=github-actions[bot]", "-c", "user.email=41898282+github-actions[bot]@users.noreply.github.com"]
# The checkout keeps no credentials; gh has them.
BY_GH = ["-c", "credential.helper=", "-c", "credential.helper=!gh auth git-credential"]


def git(*arguments: str) -> str:
    return run(["git", *arguments], f"git {' '.join(arguments)} failed; its reason is above.", cwd=ROOT).stdout


def propose() -> None:
    """Push the changes of the working copy as one commit, and open a pull request unless one is open."""
    if not git("status", "--porcelain").strip():
        print("nothing is newer")
        return
    git("switch", "--quiet", "--force-create", BRANCH)
    git(*BOT, "commit", "--quiet", "--all", "--message", TITLE)
    git(*BY_GH, "push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{BRANCH}")
    opened = json.loads(gh("pr", "list", "--head", BRANCH, "--state", "open", "--json", "url"))
    if opened:
        print(opened[0]["url"])
    else:
        print(gh("pr", "create", "--head", BRANCH, "--title", TITLE, "--body-file", "-", stdin=BODY).strip())


def main() -> None:
    if git("status", "--porcelain").strip():
        raise OperatorError("this working copy has uncommitted changes: commit or stash them.")
    upgrade.main()
    propose()
