"""What both kinds of end-to-end tests use."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest


@pytest.fixture
def restore() -> Iterator[ExitStack]:
    """What puts right again what a test breaks, whatever becomes of the test."""
    with ExitStack() as stack:
        yield stack
