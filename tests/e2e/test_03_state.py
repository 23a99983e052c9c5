"""What Terraform keeps: state in S3, its lock, plans that stay empty, and no secret in any of it."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from .deployed import CANARIES, ROOT, Deployed

STATE_BUCKET = "fulcrum-asset-manager-tfstate"
STACKS = ("base", "services")


def state_text(deployed: Deployed, stack: str) -> str:
    stored = deployed.s3.get_object(Bucket=STATE_BUCKET, Key=f"asset-manager/prod/{stack}.tfstate")
    return stored["Body"].read().decode()


def test_what_was_applied_is_byte_for_byte_what_make_synth_writes(deployed: Deployed, tmp_path: Path) -> None:
    """Synthesized here, in the tree itself, without anything that says "local"."""
    environ = {**os.environ, "ASSET_MANAGER_ENV": "prod", "CDKTF_OUTDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-P", "main.py"], cwd=ROOT, env=environ, check=True)
    for stack in STACKS:
        applied = (deployed.folder(stack) / "cdk.tf.json").read_bytes()
        assert applied == (tmp_path / "stacks" / stack / "cdk.tf.json").read_bytes()


@pytest.mark.parametrize("stack", STACKS)
def test_a_second_plan_is_empty_and_needs_no_secret(deployed: Deployed, stack: str) -> None:
    without = {name: value for name, value in deployed.environ.items() if not name.startswith("TF_VAR_")}
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
    holder = subprocess.Popen(
        # It has something to do, and waits for an answer: the lock is held for as long as we like.
        [
            deployed.environ["TERRAFORM_BINARY_NAME"],
            "apply",
            "-no-color",
            "-replace=aws_cloudwatch_log_group.log-groups_web_50FBB0B4",
        ],
        cwd=deployed.folder("base"),
        env=deployed.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert holder.stdout is not None
        for line in holder.stdout:
            if "Only 'yes' will be accepted" in line:
                break
        refused = deployed.tree.asset_manager("local", "up")
    finally:
        said, _ = holder.communicate("no\n")
    assert "Apply cancelled." in said
    assert refused.returncode == 5
    assert re.search(
        r"asset-manager: the state of base is locked by \S+@\S+ \(OperationTypeApply, since \d{4}-.*\)\. "
        r"Nothing was changed\. .*`terraform force-unlock [0-9a-f-]{36}` in the stack's folder breaks the lock\.",
        refused.stderr,
    ), refused.stderr
    assert state_text(deployed, "base") == before


def test_a_canary_is_in_ssm_and_nowhere_else(deployed: Deployed, tmp_path: Path) -> None:
    for name, canary in CANARIES.items():
        stored = deployed.ssm.get_parameter(Name=f"/asset-manager/{name}", WithDecryption=True)["Parameter"]
        assert (stored["Type"], stored["Value"]) == ("SecureString", canary)

    places = {"what `make local` printed": deployed.printed}
    for stack in STACKS:
        plan = tmp_path / f"{stack}.tfplan"
        # With a resource to replace, so that the plan holds one that is sent its secret again.
        replaced = [f"-replace={address}" for address in secret_addresses(deployed)] if stack == "base" else []
        planned = deployed.terraform(stack, "plan", "-input=false", "-no-color", f"-out={plan}", *replaced)
        assert planned.returncode == 0, planned.stderr
        shown = deployed.terraform(stack, "show", "-json", str(plan)).stdout
        assert '"resource_changes"' in shown
        with zipfile.ZipFile(plan) as members:
            inside = "".join(members.read(member).decode(errors="replace") for member in members.namelist())
        places |= {f"{stack}'s state": state_text(deployed, stack), f"{stack}'s plan": inside, f"{stack} shown": shown}
        places |= {f"{stack}'s plan as printed": planned.stdout}
    kept = deployed.tree.root / ".local"
    places |= {str(file): file.read_text(errors="replace") for file in kept.rglob("*") if is_ours(file)}
    assert any("emulator.log" in place for place in places)
    assert any("cdk.tf.json" in place for place in places)
    for canary in CANARIES.values():
        assert [place for place, text in places.items() if canary in text] == []


def is_ours(file: Path) -> bool:
    """A file that a run wrote; the provider's 700 MB binary is not one."""
    return file.is_file() and not file.is_symlink() and "providers" not in file.parts


def secret_addresses(deployed: Deployed) -> list[str]:
    synthesized = json.loads((deployed.folder("base") / "cdk.tf.json").read_text())
    parameters = synthesized["resource"]["aws_ssm_parameter"].items()
    return [f"aws_ssm_parameter.{name}" for name, parameter in parameters if "value_wo" in parameter]
