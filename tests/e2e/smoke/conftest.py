"""One deployment for all tests here: `make local` in a copy of this tree, with canary secrets."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.checking.report import Check
from ops.checking.validate import standing_checks
from ops.dagster_api.deployment import Deployment
from tests.support.crashes import Killed, kill_a_worker
from tests.support.deployed import Deployed, Tree
from tests.support.validating import assert_ok

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run last what waits for the killed run. Any order holds; in this one the others do not wait for it."""
    places = [place for place, item in enumerate(items) if item.path.parent == HERE]
    ordered = sorted((items[place] for place in places), key=waits_for_the_killed_run)
    for place, item in zip(places, ordered, strict=True):
        items[place] = item


def waits_for_the_killed_run(item: pytest.Item) -> bool:
    return "killed" in getattr(item, "fixturenames", ())


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


@pytest.fixture(scope="session")
def killed(deployed: Deployed) -> Killed:
    """A run that lost its worker; Dagster takes a minute or two to see it."""
    return kill_a_worker(deployed)


@pytest.fixture(scope="session", autouse=True)
def killed_at_the_beginning(request: pytest.FixtureRequest) -> None:
    """Where a test waits for the killed run, kill it before any test, so that Dagster sees it meanwhile."""
    if any(item.path.parent == HERE and waits_for_the_killed_run(item) for item in request.session.items):
        request.getfixturevalue("killed")
