"""Somebody's own code location: one setting and a module in the image, and nothing in the stacks."""

import json
from collections.abc import Iterator

import pytest

from tests.support.deployed import ROOT, Deployed

SOURCE = '''"""A code location of one asset."""

import dagster as dg


@dg.asset
def tiny_asset() -> int:
    return 7


defs = dg.Definitions([tiny_asset])
'''


@pytest.fixture(scope="module")
def tiny(deployed: Deployed) -> Iterator[str]:
    """Deployed instead of ours by what `make local` does, and ours again afterwards; what was printed."""
    # Beside ours, where the local ECS works as the image does in /opt/dagster/app: of the working copy whose virtual
    # environment it is, and not of the tree.
    module = ROOT / "dagster" / "tiny_location.py"
    module.write_text(SOURCE)
    ours, theirs = "code_location: asset_manager.definitions", "code_location: tiny_location"
    deployed.tree.edit("environments/prod.yaml", rf"^{ours}", theirs)
    try:
        done = deployed.tree.asset_manager("local", "up")
        assert done.returncode == 0, done.stdout + done.stderr
        yield done.stdout
    finally:
        module.unlink()
        deployed.tree.edit("environments/prod.yaml", rf"^{theirs}", ours)
        done = deployed.tree.asset_manager("local", "up")
        assert done.returncode == 0, done.stdout + done.stderr


def test_it_is_three_revisions_and_the_configuration_that_names_one(tiny: str) -> None:
    assert "No changes" in tiny.partition("terraform apply: services")[0]
    changed = tiny.partition("terraform apply: services")[2]
    assert "Plan: 3 to add, 3 to change, 3 to destroy." in changed


def test_it_is_valid_without_a_run_of_ours(deployed: Deployed, tiny: str) -> None:
    assert "==> asset-manager validate\n" in tiny
    done = deployed.tree.asset_manager("validate", "--json", environ=deployed.environ)
    assert done.returncode == 0, done.stdout
    names = {check["name"] for check in json.loads(done.stdout)}
    assert "code location" in names
    assert "partition_sync_sensor" not in names


@pytest.mark.usefixtures("tiny")
def test_its_asset_is_materialized_in_a_task_of_the_run_definition(deployed: Deployed) -> None:
    done = deployed.tree.asset_manager("run", "tiny_asset", environ=deployed.environ)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SUCCESS" in done.stdout + done.stderr
