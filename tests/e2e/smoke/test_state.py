"""What Terraform keeps: state in S3, its lock, and plans that stay empty."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.deployed import REAL_SECRETS, Deployed
from tests.support.locks import hold_the_lock
from tests.support.repository import ROOT
from tests.support.traces import STACKS, STATE_BUCKET, state_text


def test_what_was_applied_is_byte_for_byte_what_make_synth_writes(deployed: Deployed, tmp_path: Path) -> None:
    """Synthesized here, in the tree itself, without anything that says "local"."""
    environ = {**os.environ, "ASSET_MANAGER_ENV": "prod", "CDKTF_OUTDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-P", "main.py"], cwd=ROOT, env=environ, check=True)
    for stack in STACKS:
        applied = (deployed.folder(stack) / "cdk.tf.json").read_bytes()
        assert applied == (tmp_path / "stacks" / stack / "cdk.tf.json").read_bytes()


@pytest.mark.parametrize("stack", STACKS)
def test_a_second_plan_is_empty_and_needs_no_secret(deployed: Deployed, stack: str) -> None:
    secrets = {f"TF_VAR_{name.lower()}" for name in REAL_SECRETS}
    without = {name: value for name, value in deployed.environ.items() if name not in secrets}
    planned = subprocess.run(
        [without["TERRAFORM_BINARY_NAME"], "plan", "-input=false", "-no-color", "-detailed-exitcode"],
        cwd=deployed.folder(stack),
        env=without,
        capture_output=True,
        text=True,
        check=False,
    )
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert "No changes." in planned.stdout


@pytest.mark.parametrize("stack", STACKS)
def test_state_is_in_s3_under_a_key_of_its_own_and_encrypted(deployed: Deployed, stack: str) -> None:
    head = deployed.s3.head_object(Bucket=STATE_BUCKET, Key=f"asset-manager/prod/{stack}.tfstate")
    assert head["ServerSideEncryption"] == "AES256"
    assert json.loads(state_text(deployed, stack))["resources"]


def test_no_lock_is_left_behind(deployed: Deployed) -> None:
    keys = [found["Key"] for found in deployed.s3.list_objects_v2(Bucket=STATE_BUCKET)["Contents"]]
    assert sorted(keys) == [f"asset-manager/prod/{stack}.tfstate" for stack in STACKS]


def test_a_second_apply_is_refused_while_one_holds_the_lock(deployed: Deployed) -> None:
    before = state_text(deployed, "base")
    holder = hold_the_lock(deployed)
    try:
        refused = deployed.tree.asset_manager("local", "up")
    finally:
        said, _ = holder.communicate("no\n")
    assert "Apply cancelled." in said
    assert refused.returncode == 5
    assert re.search(
        r"asset-manager: the state of base is locked by \S+@\S+ \(OperationTypeApply, since \d{4}-.*\)\. "
        r"Nothing of base was changed\. .*`\S*terraform force-unlock -force [0-9a-f-]{36}` "
        rf"in {deployed.folder('base')} breaks the lock\.",
        refused.stderr,
    ), refused.stderr
    assert state_text(deployed, "base") == before
