"""The local AWS that does not come up, and processes that are not its own or do not end when asked."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ops.errors import EmulatorDiedError, PortInUseError
from ops.local import emulator, processes
from ops.local.processes import ProcessRecord

ACCOUNT = "444455556666"


def free_port() -> int:
    with socket.socket() as free:
        free.bind((emulator.HOST, 0))
        return int(free.getsockname()[1])


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "local"
    emulator.stop(tmp_path / "local")


def test_a_port_in_use_is_refused_by_name_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server((emulator.HOST, 0)) as listener:
        port = int(listener.getsockname()[1])

        with pytest.raises(PortInUseError) as refusal:
            emulator.start(tmp_path / "local", port, ACCOUNT)

    command = " ".join(psutil.Process().cmdline())[:120]
    assert str(refusal.value) == (
        f"port {port} on 127.0.0.1 is in use by process {os.getpid()} ({command}), and the local AWS wants it. "
        f"Stop that program, or choose another port: LOCAL_AWS_PORT={port + 1} make local"
    )
    assert not (tmp_path / "local").exists()


def test_a_server_that_ends_at_its_start_leaves_its_last_words(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = [sys.executable, "-c", "import sys; sys.exit('no room for me')"]
    monkeypatch.setattr(emulator, "spawn", lambda _, *rest: processes.spawn(dying, *rest))

    with pytest.raises(EmulatorDiedError) as refusal:
        emulator.start(directory, free_port(), ACCOUNT)

    log = directory / "emulator.log"
    assert str(refusal.value) == f"the local AWS ended while it started. The end of {log}:\n  no room for me"


def test_a_program_that_ignores_the_request_to_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.local.processes.SECONDS_TO_STOP", 0.2)
    ignoring = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", ignoring], stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"deaf\n"
        started = time.monotonic()

        assert ProcessRecord(pid=program.pid, started=psutil.Process(program.pid).create_time()).stop() is True

        assert time.monotonic() - started < 5
        assert program.wait(1) == -signal.SIGKILL
