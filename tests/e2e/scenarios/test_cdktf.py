"""cdktf's npm CLI, pointed at the local AWS by the environment alone; and cdktn, the way out of cdktf's end."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from ops.terraform import toolchain
from tests.support.deployed import Deployed
from tests.support.repository import ROOT
from tests.support.traces import STACKS
from tools.check_cdktn import PYTHON, copy, synthesized


def cdktf(deployed: Deployed, *arguments: str) -> str:
    done = deployed.tree.asset_manager("cdktf", *arguments, environ=deployed.environ)
    assert done.returncode == 0, done.stdout + done.stderr
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", done.stdout)


def test_synth_writes_the_same_json(deployed: Deployed) -> None:
    cdktf(deployed, "synth")
    for stack in STACKS:
        written = deployed.tree.root / "cdktf.out" / "stacks" / stack / "cdk.tf.json"
        assert written.read_bytes() == (deployed.folder(stack) / "cdk.tf.json").read_bytes()


def test_diff_of_what_is_deployed_is_empty(deployed: Deployed) -> None:
    for stack in STACKS:
        assert "No changes. Your infrastructure matches the configuration." in cdktf(deployed, "diff", stack)


def test_deploy_applies_both_stacks(deployed: Deployed) -> None:
    # There and back: the other tests find the deployment as `deployed` left it.
    change(deployed, protected="false", at_most=4)
    cdktf(deployed, "deploy", "base", "services", "--auto-approve")
    assert (deployed.is_protected(), max_concurrent_runs(deployed)) == (False, 4)

    change(deployed, protected="true", at_most=10)
    bare = subprocess.run(
        ["node_modules/.bin/cdktf", "deploy", "base", "services", "--auto-approve", "--skip-provider-lock"],
        cwd=deployed.tree.root,
        env=deployed.environ | toolchain.environment(deployed.tree.root, deployed.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert bare.returncode == 0, bare.stdout + bare.stderr
    assert (deployed.is_protected(), max_concurrent_runs(deployed)) == (True, 10)


def change(deployed: Deployed, *, protected: str, at_most: int) -> None:
    """A setting that base has, and one that services has."""
    deployed.tree.edit("environments/prod.yaml", r"^deletion_protection: \w+", f"deletion_protection: {protected}")
    deployed.tree.edit("environments/prod.yaml", r"^  max_concurrent: \d+", f"  max_concurrent: {at_most}")


def max_concurrent_runs(deployed: Deployed) -> int:
    """As Dagster is told."""
    stored = deployed.ssm.get_parameter(Name="/asset-manager/DAGSTER_YAML")["Parameter"]["Value"]
    return int(yaml.safe_load(stored)["concurrency"]["runs"]["max_concurrent_runs"])


# --- cdktn ---


def test_the_same_sources_make_the_same_json_under_cdktn_by_the_fast_import_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools", "check-cdktn"], cwd=ROOT, capture_output=True, text=True, check=False
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
    copy(deployed.tree.root, tmp_path / "tree")
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
