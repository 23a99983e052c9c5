"""How a command of `tools` starts another program."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from ops.console.errors import OperatorError, ToolMissingError
from ops.terraform.project import ROOT

ENVIRONMENTS = ROOT / ".tools"


def run(
    command: Sequence[str | Path],
    failure: str,
    *,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and capture its output.

    Raises OperatorError with its output and `failure` if it fails, ToolMissingError if it does not start.
    """
    try:
        done = subprocess.run(command, cwd=cwd, env=env, input=stdin, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError as error:
        raise ToolMissingError(f"{command[0]} does not start ({error.strerror}). {failure}") from None
    if done.returncode != 0:
        raise OperatorError(f"{f'{done.stdout}{done.stderr}'.strip()}\n{failure}")
    return done


def installed(environment: str, program: str, target: str) -> Path:
    """A program of `.tools/<environment>`, which `make <target>` installs.

    Raises ToolMissingError if it is missing or its Python is. The folder then counts as not installed, so that the
    target of the message installs it again.
    """
    folder = ENVIRONMENTS / environment
    for needed in ("python", program):
        if not os.access(folder / "bin" / needed, os.X_OK):
            (folder / ".installed").unlink(missing_ok=True)
            raise ToolMissingError(
                f".tools/{environment}/bin/{needed} is missing or damaged. `make {target}` installs {environment} "
                f"again, from tools/locks/{environment}.lock."
            )
    return folder / "bin" / program
