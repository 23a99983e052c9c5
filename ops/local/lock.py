"""One command at a time works on the local AWS of a working copy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from ops.console.errors import LockHeldError


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Hold the lock of the directory, or refuse."""
    directory.mkdir(exist_ok=True)
    try:
        with filelock.FileLock(directory / "lock", timeout=0):
            yield
    except filelock.Timeout:
        raise LockHeldError(
            "another `make local`, `make local-down` or `make local-reset` is at work in this working copy. "
            "Wait until it is done."
        ) from None
