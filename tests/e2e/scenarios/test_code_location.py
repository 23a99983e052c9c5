"""Somebody's own code location: one setting and a module in the image, and nothing in the stacks."""

import json
import shutil
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.deployed import Deployed

SOURCE = '''"""A code location of one asset."""

import dagster as dg


@dg.asset
def tiny_asset() -> int:
    return 7


defs = dg.Definitions([tiny_asset])
'''


@pytest.fixture(scope="module")
def module() -> Iterator[str]:
    """The name of an installed module, which no other test uses: all tasks on this machine import what is installed.

    A module beside ours would do too, in the working copy that owns the virtual environment, and there other tests
    that copy and check this tree would see it.
    """
    name = f"tiny_location_{uuid4().hex}"
    folder = Path(sysconfig.get_path("purelib")) / name
    folder.mkdir()
    try:
        (folder / "__init__.py").write_text(SOURCE)
        yield name
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def tiny(deployed: Deployed, module: str) -> str:
    """`make local` deploys it in place of the repository's own code location; returns what that prints."""
    ours = "code_location: asset_manager.definitions"
    deployed.tree.edit("environments/prod.yaml", rf"^{ours}", f"code_location: {module}")
    done = deployed.tree.asset_manager("local", "up")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_is_three_revisions_and_the_configuration_that_names_one(tiny: str) -> None:
    assert "\nbase: nothing to change\n" in tiny
    assert "\nservices: 3 to replace, 3 to change\n" in tiny
    changed = tiny.partition("terraform apply: services")[2]
    assert "Resources: 3 added, 3 changed, 3 destroyed." in changed


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
