"""The way out of cdktf's end, walked: both environments under cdktn too, and what is deployed stays as it is."""

import shutil
import subprocess
import sys
from pathlib import Path

from ops.check_cdktn import PYTHON, copy, synthesized
from tests.support.deployed import ROOT, Deployed
from tests.support.traces import STACKS


def test_the_same_sources_make_the_same_json_under_cdktn_by_the_fast_import_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ops.check_cdktn"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        "==> prod under both",
        "==> staging under both",
        "the JSON is the same but for the tool's version and how it writes the provider's source",
    ]
    assert done.stderr == ""  # where an import is slow, it says so


def test_what_cdktf_deployed_is_what_cdktn_asks_for(deployed: Deployed, tmp_path: Path) -> None:
    """cdktn's own JSON, planned upon the state that cdktf's left, by the same provider."""
    copy(deployed.tree.root, tmp_path / "tree")  # as other tests have changed it
    synthesized(PYTHON, tmp_path / "tree", "prod", tmp_path / "out")
    for stack in STACKS:
        folder = tmp_path / "out" / "stacks" / stack
        shutil.copy(deployed.folder(stack) / ".terraform.lock.hcl", folder)
        for arguments in (["init"], ["plan", "-detailed-exitcode"]):
            done = subprocess.run(
                [deployed.environ["TERRAFORM_BINARY_NAME"], *arguments, "-input=false", "-no-color"],
                cwd=folder,
                env=deployed.environ,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
        assert "No changes." in done.stdout
