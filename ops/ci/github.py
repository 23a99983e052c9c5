"""GitHub, through its own `gh`: which runners have, and which takes GH_TOKEN or a person's sign-in."""

from __future__ import annotations

import subprocess

from ops.console.errors import OperatorError, ToolMissingError
from ops.terraform.project import ROOT

BODY_AT_MOST = 65_536  # characters, of a comment and of an issue


def gh(*arguments: str, stdin: str = "") -> str:
    """What it printed; which repository is meant, it tells by itself."""
    try:
        done = subprocess.run(  # noqa: S603  its arguments are ours
            ["gh", *arguments],  # noqa: S607  wherever it is
            cwd=ROOT,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise ToolMissingError("this needs GitHub's `gh` on PATH, signed in (gh auth login, or GH_TOKEN).") from error
    if done.returncode != 0:
        raise OperatorError(f"{done.stderr.strip()}\ngh {' '.join(arguments[:2])} failed; its reason stands above.")
    return done.stdout
