"""`make workflows`: check .github with GitHub's own schemas and with zizmor, offline, from .tools/workflows."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from ops.console.errors import OperatorError
from ops.terraform.project import ROOT
from tools._programs import installed


def problems(folder: Path) -> str:
    """The complaints of both tools about a .github folder, in their own words; empty if there is none."""
    workflows = sorted(map(str, (folder / "workflows").glob("*.yml")))
    if not workflows:
        raise OperatorError(f"no workflow is in {folder / 'workflows'}.")
    found = [_complaint("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)]
    dependabot = folder / "dependabot.yml"
    if dependabot.exists():
        found.append(_complaint("check-jsonschema", "--builtin-schema", "vendor.dependabot", str(dependabot)))
    found.append(_complaint("zizmor", "--offline", "--quiet", "--strict-collection", "--collect=all", str(folder)))
    return "\n".join(filter(None, found))


def _complaint(tool: str, *arguments: str) -> str:
    program = installed("workflows", tool, "workflows")
    done = subprocess.run(  # noqa: S603
        [program, *arguments],
        # Without a token, with which zizmor would ask GitHub, and without the user's own configuration.
        env={"PATH": os.environ["PATH"], "HOME": str(program.parent), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else f"{done.stdout}{done.stderr}".strip()


def main() -> None:
    """Raises OperatorError with all complaints."""
    if found := problems(ROOT / ".github"):
        raise OperatorError(f"the workflows have problems:\n{found}")
    print("the workflows have no problem")
