"""The local AWS that does not come up, and processes that are not its own or do not end when asked."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from local_aws import emulator, processes
from local_aws.config import HOST
from local_aws.errors import PortInUseError, ServerDiedError
from local_aws.processes import ProcessRecord
from tests.support.local_config import config_in

ACCOUNT = "444455556666"


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "local"
    emulator.stop(tmp_path / "local")


def test_a_port_in_use_is_refused_by_name_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = int(listener.getsockname()[1])

        with pytest.raises(PortInUseError) as refusal:
            emulator.start(config_in(tmp_path / "local", ACCOUNT, port=port))

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

    with pytest.raises(ServerDiedError) as refusal:
        emulator.start(config_in(directory, ACCOUNT))

    log = directory / "emulator.log"
    assert str(refusal.value) == f"the local AWS ended while it started. The end of {log}:\n  no room for me"


SERVER = "import time; print('up', flush=True); time.sleep(60)"


@contextmanager
def server(directory: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process with the command line of a detached server."""
    directory.mkdir(exist_ok=True)
    command = [sys.executable, "-c", SERVER, "-m", *arguments]
    with subprocess.Popen(command, cwd=directory, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"up\n"
        yield program
        program.kill()


def test_a_server_is_found_by_its_module_and_its_directory(tmp_path: Path) -> None:
    with server(tmp_path / "own", "some.module", "--port", "4566") as program:
        (found,) = processes.servers("some.module", tmp_path / "own")
    assert (found.record.pid, found.port, found.option("--web-port")) == (program.pid, 4566, None)


def test_a_server_is_found_after_its_directory_was_deleted_or_made_again(tmp_path: Path) -> None:
    with server(tmp_path / "own", "some.module") as program:
        (tmp_path / "own").rmdir()
        assert [each.record.pid for each in processes.servers("some.module", tmp_path / "own")] == [program.pid]
        (tmp_path / "own").mkdir()
        assert [each.record.pid for each in processes.servers("some.module", tmp_path / "own")] == [program.pid]


@pytest.mark.parametrize(
    ("folder", "arguments"),
    [("other", ("some.module",)), ("own", ("another.module",)), ("own", ("other", "some.module"))],
)
def test_a_stranger_is_not_found_and_not_stopped(tmp_path: Path, folder: str, arguments: tuple[str, ...]) -> None:
    with server(tmp_path / folder, *arguments) as stranger:
        assert processes.servers("some.module", tmp_path / "own") == []
        assert processes.stop("some.module", tmp_path / "own") is False
        assert stranger.poll() is None


def test_two_servers_of_one_directory_are_both_stopped(tmp_path: Path) -> None:
    with server(tmp_path / "own", "some.module") as one, server(tmp_path / "own", "some.module") as two:
        assert processes.stop("some.module", tmp_path / "own") is True
        assert (one.wait(5), two.wait(5)) == (-signal.SIGTERM, -signal.SIGTERM)


def test_a_local_aws_of_a_version_without_keys_is_replaced(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory.mkdir()
    config = config_in(directory, ACCOUNT)
    with server(directory, emulator.MODULE, "--port", str(config.port)) as old:
        started: list[object] = []
        monkeypatch.setattr(emulator, "_start", started.append)
        emulator.start(config)
        assert started == [config]
        assert old.wait(5) == -signal.SIGTERM


def test_a_program_that_ignores_the_request_to_end_is_killed() -> None:
    ignoring = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", ignoring], stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"deaf\n"
        assert ProcessRecord(pid=program.pid, started=psutil.Process(program.pid).create_time()).stop(0.2) is True
        assert program.wait(1) == -signal.SIGKILL
