"""The local AWS as a process: it starts once, is found again, and ends; nobody else's process does."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import psutil
import pytest

from ops.errors import EmulatorDiedError, OperatorError, PortInUseError
from ops.local import emulator, processes
from ops.local.emulator import Emulator
from ops.local.processes import ProcessRecord

ACCOUNT = "444455556666"


def free_port() -> int:
    with socket.socket() as free:
        free.bind((emulator.HOST, 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Emulator]]:
    """One local AWS for the tests that leave it up, started from an environment that is none of its business."""
    directory = tmp_path_factory.mktemp("local")
    with pytest.MonkeyPatch.context() as ours:
        ours.setenv("AWS_SECRET_ACCESS_KEY", "somebody's")
        ours.setenv("AWS_CA_BUNDLE", "/no/such/file")
        started = emulator.start(directory, free_port(), ACCOUNT)
    yield directory, started
    emulator.stop(directory)


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the server's place a small one, for what is not about moto."""
    answering = (
        "import http.server, sys; handler = http.server.BaseHTTPRequestHandler; "
        "handler.do_GET = lambda self: (self.send_response(200), self.end_headers()); "
        "http.server.HTTPServer(('127.0.0.1', int(sys.argv[-1])), handler).serve_forever()"
    )

    def instead(command: Sequence[str], environment: Mapping[str, str], where: Path, log: BinaryIO) -> ProcessRecord:
        return processes.spawn([sys.executable, "-c", answering, command[-1]], environment, where, log)

    monkeypatch.setattr(emulator, "spawn", instead)


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "local"
    emulator.stop(tmp_path / "local")


@pytest.fixture
def stranger() -> Iterator[psutil.Process]:
    program = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield psutil.Process(program.pid)
    program.kill()
    program.wait()


def account_of(endpoint: str) -> str:
    connection = http.client.HTTPConnection(endpoint.removeprefix("http://"), timeout=10)
    headers = {
        "Authorization": "AWS4-HMAC-SHA256 Credential=local/20261123/us-east-1/sts/aws4_request, Signature=0",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    connection.request("POST", "/", "Action=GetCallerIdentity&Version=2011-06-15", headers)
    body = connection.getresponse().read().decode()
    connection.close()
    return body.partition("<Account>")[2].partition("</Account>")[0]


def test_it_answers_as_the_account_that_was_asked_for(up: tuple[Path, Emulator]) -> None:
    directory, started = up

    assert started.endpoint == f"http://127.0.0.1:{started.port}"
    assert account_of(started.endpoint) == ACCOUNT
    assert emulator.running(directory) == started


def test_a_second_start_finds_the_first(up: tuple[Path, Emulator]) -> None:
    directory, started = up

    assert emulator.start(directory, started.port, ACCOUNT) == started


def test_it_listens_on_loopback_in_its_own_session_and_is_told_nothing_of_our_environment(
    up: tuple[Path, Emulator],
) -> None:
    process = psutil.Process(up[1].pid)

    listening = [c.laddr.ip for c in process.net_connections("tcp") if c.status == psutil.CONN_LISTEN and c.laddr]
    assert listening == ["127.0.0.1"]
    assert os.getsid(process.pid) == process.pid  # Ctrl-C on make does not reach it
    assert not {"AWS_SECRET_ACCESS_KEY", "AWS_CA_BUNDLE"} & process.environ().keys()


def test_another_account_is_refused_while_one_is_up(up: tuple[Path, Emulator]) -> None:
    directory, started = up

    with pytest.raises(OperatorError) as refusal:
        emulator.start(directory, started.port, "111122223333")

    assert str(refusal.value) == (
        f"a local AWS of account {ACCOUNT} is already up on port {started.port} (process {started.pid}), and account "
        f"111122223333 on port {started.port} is asked for. Stop that one first: make local-down"
    )
    assert emulator.running(directory) == started


@pytest.mark.usefixtures("stand_in")
def test_a_stopped_one_is_gone(directory: Path) -> None:
    started = emulator.start(directory, free_port(), ACCOUNT)

    assert emulator.stop(directory) is True
    assert not psutil.pid_exists(started.pid)
    assert emulator.running(directory) is None
    assert emulator.stop(directory) is False


@pytest.mark.usefixtures("stand_in")
def test_a_killed_one_is_forgotten_and_another_can_start(directory: Path) -> None:
    port = free_port()
    killed = emulator.start(directory, port, ACCOUNT)
    psutil.Process(killed.pid).kill()
    psutil.Process(killed.pid).wait(5)

    assert emulator.running(directory) is None
    assert emulator.start(directory, port, ACCOUNT).pid != killed.pid


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


def test_a_server_that_ends_at_its_start_leaves_its_last_words_and_no_record(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = [sys.executable, "-c", "import sys; sys.exit('no room for me')"]
    monkeypatch.setattr(emulator, "spawn", lambda _, *rest: processes.spawn(dying, *rest))

    with pytest.raises(EmulatorDiedError) as refusal:
        emulator.start(directory, free_port(), ACCOUNT)

    log = directory / "emulator.log"
    assert str(refusal.value) == f"the local AWS ended while it started. The end of {log}:\n  no room for me"
    assert not (directory / "emulator.json").exists()


def test_a_recycled_process_id_is_never_stopped(directory: Path, stranger: psutil.Process) -> None:
    record = {"pid": stranger.pid, "started": stranger.create_time() - 3600, "port": 4566, "account_id": ACCOUNT}
    directory.mkdir()
    (directory / "emulator.json").write_text(json.dumps(record))

    assert emulator.stop(directory) is False
    assert stranger.is_running()
    assert not (directory / "emulator.json").exists()


def test_a_damaged_record_is_named_with_the_way_out(directory: Path) -> None:
    directory.mkdir()
    path = directory / "emulator.json"
    path.write_text("{")

    with pytest.raises(OperatorError) as refusal:
        emulator.running(directory)

    assert str(refusal.value).startswith(f"{path} is not a record of the local AWS (")
    assert str(refusal.value).endswith("). Remove it: make local-reset")
    path.unlink()


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
