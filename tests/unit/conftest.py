"""Refuses what a unit test must not use: it fails if it opens a socket or starts a process."""

import sys
from collections.abc import Iterator

import pytest

# Python's audit events (docs.python.org/3/library/audit_events.html). No unit test needs an event loop, which opens a
# socket pair, so no socket is an exception.
REFUSED = {
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.system",
    "socket.__new__",
    "subprocess.Popen",
}


class Guard:
    """Python cannot remove an audit hook, so one is added for good and acts only during a unit test."""

    def __init__(self) -> None:
        self.armed = False
        sys.addaudithook(self)

    def __call__(self, event: str, _: tuple[object, ...]) -> None:
        if self.armed and event in REFUSED:
            # Not an Exception, so the code under test cannot handle it as a failure of the socket or of the program.
            pytest.fail(f"a unit test uses neither a socket nor a process, but {event}: move it to tests/programs")


GUARD = Guard()


@pytest.fixture(autouse=True)
def no_process_and_no_socket() -> Iterator[None]:
    GUARD.armed = True
    yield
    GUARD.armed = False
