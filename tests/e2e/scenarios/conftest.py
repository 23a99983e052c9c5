"""Each module has a deployment of its own: a copy of one that was made once a session, saved, and is restored here."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from ops.checking.deployed.run import CACHE, PARTITIONS
from ops.checking.report import Check
from ops.checking.validate import standing_checks
from ops.dagster_api.deployment import Deployment
from tests.support.deployed import Deployed, Tree
from tests.support.validating import assert_ok


@pytest.fixture(scope="session")
def saved() -> Iterator[Deployed]:
    """Deployed to once, and stopped: its local AWS is saved."""
    with Tree.copied() as tree:
        deployed = Deployed.by_local_up(tree)
        stopped = tree.asset_manager("local", "down")
        assert stopped.returncode == 0, stopped.stderr
        yield deployed


@pytest.fixture(scope="module")
def tree() -> Iterator[Tree]:
    """A working copy in which nothing was started yet."""
    with Tree.copied() as tree:
        yield tree


@pytest.fixture(scope="module")
def deployed(saved: Deployed) -> Iterator[Deployed]:
    """`first_calls` are those by which the saved one was deployed: restoring makes none."""
    with saved.tree.copy() as tree:
        yield replace(Deployed.by_local_up(tree), first_calls=saved.first_calls)


@pytest.fixture(scope="module")
def deployment(deployed: Deployed) -> Deployment:
    return deployed.as_validate_sees_it()


@pytest.fixture(scope="module")
def partitions(deployment: Deployment) -> list[str]:
    """The partition keys of both assets. A young deployment has none until partition_sync_sensor has ticked."""
    deadline = time.monotonic() + 120
    while True:
        asset = deployment.web.query(PARTITIONS, {"asset": {"path": [CACHE]}})["assetNodeOrError"]
        if asset["partitionKeys"]:
            return list(asset["partitionKeys"])
        assert time.monotonic() < deadline, "partition_sync_sensor has added no partition"
        time.sleep(0.5)


@pytest.fixture(scope="module")
def standing(deployment: Deployment) -> list[Check]:
    """Made once: what is expected of the security groups is synthesized once."""
    checks = standing_checks(deployment)
    assert_ok(checks)
    return checks
