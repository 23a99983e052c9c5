"""One deployment a session: `make local` in a copy of this tree, on ports of its own, with canary secrets."""

from collections.abc import Iterator

import pytest

from .deployed import Deployed, Tree


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return Tree.copy_to(tmp_path_factory.mktemp("tree"))


@pytest.fixture(scope="session")
def deployed(tree: Tree) -> Iterator[Deployed]:
    try:
        done = tree.asset_manager("local", "up")
        assert done.returncode == 0, done.stdout + done.stderr
        yield Deployed(tree=tree, printed=done.stdout + done.stderr)
    finally:
        stopped = tree.asset_manager("local", "down")
    assert stopped.returncode == 0, stopped.stderr
