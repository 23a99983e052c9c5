"""The npm CLI, as one uses it for the real AWS, pointed at the local one by environment alone."""

import re

from .deployed import Deployed


def cdktf(deployed: Deployed, *arguments: str) -> str:
    done = deployed.tree.asset_manager("cdktf", *arguments, environ=deployed.environ)
    assert done.returncode == 0, done.stdout + done.stderr
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", done.stdout)


def test_synth_writes_the_same_json(deployed: Deployed) -> None:
    cdktf(deployed, "synth")
    for stack in ("base", "services"):
        written = deployed.tree.root / "cdktf.out" / "stacks" / stack / "cdk.tf.json"
        assert written.read_bytes() == (deployed.folder(stack) / "cdk.tf.json").read_bytes()


def test_diff_of_what_is_deployed_is_empty(deployed: Deployed) -> None:
    assert "No changes. Your infrastructure matches the configuration." in cdktf(deployed, "diff", "services")


def test_deploy_applies_both_stacks(deployed: Deployed) -> None:
    # There and back: the tests that follow find what they would have found without this one.
    for before, after in (("true", "false"), ("false", "true")):
        line = "deletion_protection: "
        deployed.tree.edit("environments/prod.yaml", f"^{line}{before}", f"{line}{after}")
        cdktf(deployed, "deploy", "base", "services", "--auto-approve")
        assert deployed.is_protected() is (after == "true")
