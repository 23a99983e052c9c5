"""One real `app.synth()` of each environment a session serves every test here."""

import pytest

import asset_manager_constructs  # noqa: F401  chooses the wheel's Node, before .stack's cdktf starts one

from .stack import Stack, synthesize


@pytest.fixture(scope="session")
def prod(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Stack]:
    return synthesize("prod", tmp_path_factory.mktemp("prod"))


@pytest.fixture(scope="session")
def staging(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Stack]:
    return synthesize("staging", tmp_path_factory.mktemp("staging"))


@pytest.fixture(scope="session")
def base(prod: dict[str, Stack]) -> Stack:
    return prod["base"]


@pytest.fixture(scope="session")
def services(prod: dict[str, Stack]) -> Stack:
    return prod["services"]
