"""What Terraform plans after a test changed the tree."""

import json
import subprocess
import sys
from typing import Any

from tests.support.deployed import Deployed


def planned(deployed: Deployed, stack: str) -> dict[str, list[str]]:
    """The actions on each resource that changes, by the resource's type and name."""
    plan = deployed.tree.root / f"{stack}.tfplan"
    done = deployed.terraform(stack, "plan", "-input=false", "-no-color", f"-out={plan}")
    assert done.returncode == 0, done.stderr
    shown: dict[str, Any] = json.loads(deployed.terraform(stack, "show", "-json", str(plan)).stdout)
    plan.unlink()
    return {
        f"{change['type']} {change['name'].rpartition('_')[0]}": change["change"]["actions"]
        for change in shown["resource_changes"]
        if change["change"]["actions"] not in (["no-op"], ["read"])
    }


def synthesize(deployed: Deployed) -> None:
    """Write the JSON of the tree as it is now to the folder where Terraform works."""
    subprocess.run(
        [sys.executable, "-P", str(deployed.tree.root / "main.py")],
        cwd=deployed.tree.root,
        env={**deployed.tree.environ, "CDKTF_OUTDIR": str(deployed.tree.root / ".local" / "cdktf.out")},
        check=True,
    )
