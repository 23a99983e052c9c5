"""One deployment a session: `make local` in a copy of this tree, on ports of its own, with canary secrets."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .deployed import Deployed, Tree


@pytest.fixture(scope="session")
def tree() -> Iterator[Tree]:
    # Not below pytest's own folder: another session of it closes that folder to the user that Postgres runs as.
    with tempfile.TemporaryDirectory(prefix="asset-manager-e2e-", ignore_cleanup_errors=True) as folder:
        yield Tree.copy_to(Path(folder))


@pytest.fixture(scope="session")
def deployed(tree: Tree) -> Iterator[Deployed]:
    try:
        done = tree.asset_manager("local", "up")
        assert done.returncode == 0, done.stdout + done.stderr
        yield Deployed(tree=tree, printed=done.stdout + done.stderr, first_calls=tree.access()["others"])
    finally:
        stopped = tree.asset_manager("local", "down")
    assert stopped.returncode == 0, stopped.stderr
