"""Calls GitHub through its command `gh`, which runners have; it uses GH_TOKEN or your sign-in."""

from __future__ import annotations

import subprocess

from ops.console.errors import OperatorError, ToolMissingError
from ops.terraform.project import ROOT

BODY_AT_MOST = 65_536  # characters, of a comment and of an issue


def gh(*arguments: str, stdin: str = "") -> str:
    """Run gh and return its stdout; gh finds the repository by the working folder."""
    try:
        done = subprocess.run(  # noqa: S603  our own code passes the arguments
            ["gh", *arguments],  # noqa: S607  found on PATH
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
