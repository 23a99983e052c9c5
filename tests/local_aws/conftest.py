from __future__ import annotations

from collections.abc import Iterator

import pytest

from local_aws import emulator

from .local_ecs import LocalEcs, start


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEcs]:
    """One local ECS for all tests that leave it up."""
    directory = tmp_path_factory.mktemp("ecs")
    started = start(directory)
    yield started
    emulator.stop(directory)
    assert (directory / "emulator.log").read_text() == "", "the emulator logged an error"
