"""One deployment for all tests here: `make local` in a copy of this tree, with canary secrets."""

from collections.abc import Iterator

import pytest

from ops.validation.command import standing_checks
from ops.validation.deployment import Deployment
from ops.validation.report import Check
from tests.support.deployed import Deployed, Tree
from tests.support.validating import assert_ok


@pytest.fixture
def tree() -> Iterator[Tree]:
    """A working copy in which nothing was started."""
    with Tree.copied() as tree:
        yield tree


@pytest.fixture(scope="session")
def deployed() -> Iterator[Deployed]:
    with Tree.copied() as tree:
        yield Deployed.by_local_up(tree)


@pytest.fixture(scope="session")
def deployment(deployed: Deployed) -> Deployment:
    return deployed.as_validate_sees_it()


@pytest.fixture(scope="session")
def standing(deployment: Deployment) -> list[Check]:
    """Made once: what is expected of the security groups is synthesized once."""
    checks = standing_checks(deployment)
    assert_ok(checks)
    return checks
