"""A unit test that opens a socket or starts a process fails (conftest.py)."""

import multiprocessing
import os
import pty
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

NEVER = sys.executable, "-c", "raise SystemExit('this was started')"


@pytest.mark.parametrize(
    ("event", "attempt"),
    [
        ("socket.__new__", socket.socket),
        ("socket.__new__", lambda: socket.create_connection(("127.0.0.1", 1))),
        ("subprocess.Popen", lambda: subprocess.run(NEVER, check=False)),
        ("os.system", lambda: os.system("exit 1")),  # noqa: S605
        ("os.posix_spawn", lambda: os.posix_spawn(sys.executable, NEVER, {})),
        ("os.exec", lambda: os.execv(sys.executable, NEVER)),  # noqa: S606
        ("os.fork", lambda: os.fork() or os._exit(1)),
        ("os.fork", lambda: multiprocessing.get_context("fork").Process(target=print).start()),
        ("os.forkpty", lambda: pty.fork()[0] or os._exit(1)),
    ],
)
def test_a_socket_and_a_process_are_refused(event: str, attempt: Callable[[], object]) -> None:
    with pytest.raises(pytest.fail.Exception) as refused:
        attempt()
    assert str(refused.value) == (
        f"a unit test uses neither a socket nor a process, but {event}: move it to tests/programs"
    )


def test_code_that_handles_every_failure_of_a_socket_does_not_hide_the_refusal() -> None:
    def reachable() -> bool:
        try:
            socket.create_connection(("127.0.0.1", 1)).close()
        except Exception:
            return False
        return True

    with pytest.raises(pytest.fail.Exception):
        reachable()


def test_files_and_threads_are_allowed(tmp_path: Path) -> None:
    file = tmp_path / "file"
    thread = threading.Thread(target=file.write_text, args=["written"])
    thread.start()
    thread.join()
    assert file.read_text() == "written"
