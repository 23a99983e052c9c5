"""`make workflows`: .github against GitHub's own schemas, and read by zizmor; offline, in .tools/workflows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ops.console.errors import OperatorError, ToolMissingError
from ops.terraform.project import ROOT

TOOLS = ROOT / ".tools" / "workflows" / "bin"


def problems(folder: Path) -> str:
    """What is wrong with what stands in a .github folder, in the tools' own words; nothing where all is well."""
    workflows = sorted(map(str, (folder / "workflows").glob("*.yml")))
    if not workflows:
        raise OperatorError(f"no workflow is in {folder / 'workflows'}.")
    said = [_said("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)]
    dependabot = folder / "dependabot.yml"
    if dependabot.exists():
        said.append(_said("check-jsonschema", "--builtin-schema", "vendor.dependabot", str(dependabot)))
    said.append(_said("zizmor", "--offline", "--quiet", "--strict-collection", "--collect=all", str(folder)))
    return "\n".join(one for one in said if one)


def _said(tool: str, *arguments: str) -> str:
    """What it complains of."""
    if not (TOOLS / tool).exists():
        raise ToolMissingError(
            f"{tool} is not installed: `make workflows` installs it, as tools/locks/workflows.lock says."
        )
    done = subprocess.run(  # noqa: S603  the command is ours
        [str(TOOLS / tool), *arguments],
        # No token, with which zizmor would ask GitHub; no configuration of a user's.
        env={"PATH": os.environ["PATH"], "HOME": str(TOOLS), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else f"{done.stdout}{done.stderr}".strip()


def main() -> int:
    """The exit code."""
    try:
        found = problems(ROOT / ".github")
    except OperatorError as error:
        print(f"asset-manager: {error}", file=sys.stderr)
        return error.exit_code
    print(found or "the workflows are as they should be", file=sys.stderr if found else sys.stdout)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
