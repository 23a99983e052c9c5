"""`make upgrade-pr`: what `make upgrade` finds, as one pull request, renewed in place each time."""

from __future__ import annotations

import json
import subprocess
import sys

from ops.ci.github import gh
from ops.console.errors import OperatorError
from ops.console.program import exit_code
from ops.terraform.project import ROOT
from tools import lock

BRANCH = "dependencies"
TITLE = "Raise the Python packages to their newest patches"
BODY = """By `make upgrade`: newer patches of what Pipfile names, newer versions of what those need.

GitHub starts no workflow by itself for what a workflow's token opened: approve its runs, or close and reopen it.
"""
BOT = ["-c", "user.name=github-actions[bot]", "-c", "user.email=41898282+github-actions[bot]@users.noreply.github.com"]
# The checkout keeps no credentials; gh has them.
BY_GH = ["-c", "credential.helper=", "-c", "credential.helper=!gh auth git-credential"]


def git(*arguments: str) -> str:
    """What it printed."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603, S607
    if done.returncode != 0:
        raise OperatorError(f"{done.stderr.strip()}\ngit {' '.join(arguments)} failed; its reason stands above.")
    return done.stdout


def propose() -> None:
    """Push what differs from the commit that is checked out, and see to it that a pull request shows it."""
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
    """Upgrade, and propose what changed."""
    if git("status", "--porcelain").strip():
        raise OperatorError("this working copy has changes of its own: commit them, or put them away.")
    lock.upgrade()
    propose()


if __name__ == "__main__":
    sys.exit(exit_code(main))
