"""One deployment a session: `make local` in a copy of this tree, on ports of its own, with canary secrets."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ops.local.prerequisites import local_session
from ops.validation.command import standing_checks
from ops.validation.deployment import Deployment
from ops.validation.report import Check
from stacks.settings import load

from .deployed import Deployed, Tree
from .validating import assert_ok


@pytest.fixture(scope="session")
def tree() -> Iterator[Tree]:
    # Not below pytest's own folder: another session of it closes that folder to the user that Postgres runs as.
    with tempfile.TemporaryDirectory(prefix="asset-manager-e2e-", ignore_cleanup_errors=True) as folder:
        copy = Tree.copy_to(Path(folder))
        try:
            yield copy
        finally:  # a test that takes the tree alone may have started its servers
            stopped = copy.asset_manager("local", "down")
        assert stopped.returncode == 0, stopped.stderr


@pytest.fixture(scope="session")
def deployed(tree: Tree) -> Iterator[Deployed]:
    try:
        done = tree.asset_manager("local", "up")
        assert done.returncode == 0, done.stdout + done.stderr
        yield Deployed(tree=tree, printed=done.stdout + done.stderr, first_calls=tree.access()["others"])
    finally:
        stopped = tree.asset_manager("local", "down")
    assert stopped.returncode == 0, stopped.stderr


@pytest.fixture(scope="session")
def deployment(deployed: Deployed) -> Deployment:
    return Deployment(
        settings=load("prod"),
        session=local_session(deployed.region, deployed.tree.access_key_id),
        endpoint=deployed.endpoint,
        url=f"http://127.0.0.1:{deployed.tree.web_port}",
        environ=deployed.environ,
    )


@pytest.fixture(scope="session")
def standing(deployment: Deployment) -> list[Check]:
    """Made once: what is expected of the security groups is synthesized once."""
    checks = standing_checks(deployment)
    assert_ok(checks)
    return checks


@pytest.fixture
def restore() -> Iterator[ExitStack]:
    """What puts right again what a test breaks, whatever becomes of the test."""
    with ExitStack() as stack:
        yield stack
