"""The npm CLI, as one uses it for the real AWS, pointed at the local one by environment alone."""

import re
import subprocess

import yaml

from ops import toolchain
from tests.support.deployed import Deployed


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
    for stack in ("base", "services"):
        assert "No changes. Your infrastructure matches the configuration." in cdktf(deployed, "diff", stack)


def test_deploy_applies_both_stacks(deployed: Deployed) -> None:
    # There and back: the tests that follow find what they would have found without this one.
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
    forget_the_old_revisions(deployed)


def change(deployed: Deployed, *, protected: str, at_most: int) -> None:
    """A setting that base has, and one that services has."""
    deployed.tree.edit("environments/prod.yaml", r"^deletion_protection: \w+", f"deletion_protection: {protected}")
    deployed.tree.edit("environments/prod.yaml", r"^  max_concurrent: \d+", f"  max_concurrent: {at_most}")


def max_concurrent_runs(deployed: Deployed) -> int:
    """As Dagster is told."""
    stored = deployed.ssm.get_parameter(Name="/asset-manager/DAGSTER_YAML")["Parameter"]["Value"]
    return int(yaml.safe_load(stored)["concurrency"]["runs"]["max_concurrent_runs"])


def forget_the_old_revisions(deployed: Deployed) -> None:
    """The tests that follow count a family's revisions, and find a steady deployment, as they would have before."""
    for family in ("asset_manager-web-task", "asset_manager-daemon-task"):
        *old, _ = deployed.ecs.list_task_definitions(familyPrefix=family, status="ACTIVE")["taskDefinitionArns"]
        assert len(old) == 2
        for arn in old:
            deployed.ecs.deregister_task_definition(taskDefinition=arn)
    waiter = deployed.ecs.get_waiter("services_stable")
    services = ["asset-manager-web", "asset-manager-daemon"]
    waiter.wait(cluster="asset-manager", services=services, WaiterConfig={"Delay": 2, "MaxAttempts": 60})
