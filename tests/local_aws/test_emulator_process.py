"""The local AWS as a process: it starts once, is found again, and ends; nobody else's process does."""

from __future__ import annotations

import http.client
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import psutil
import pytest

from local_aws import emulator, processes
from local_aws.config import Config
from local_aws.emulator import Emulator
from local_aws.errors import LocalAwsError
from local_aws.processes import ProcessRecord
from tests.support.local_config import config_in

ACCOUNT = "444455556666"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Emulator]]:
    """One local AWS for the tests that leave it up, started from an environment that is none of its business."""
    directory = tmp_path_factory.mktemp("local")
    with pytest.MonkeyPatch.context() as ours:
        ours.setenv("AWS_SECRET_ACCESS_KEY", "somebody's")
        ours.setenv("AWS_CA_BUNDLE", "/no/such/file")
        started = emulator.start(config_in(directory, ACCOUNT))
    yield directory, started
    emulator.stop(directory)


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the server's place a small one, for what is not about moto."""
    answering = (
        "import http.server, sys; handler = http.server.BaseHTTPRequestHandler; "
        "handler.do_GET = lambda self: (self.send_response(200), self.end_headers()); "
        "http.server.HTTPServer(('127.0.0.1', int(sys.argv[sys.argv.index('--port') + 1])), handler).serve_forever()"
    )

    def instead(command: Sequence[str], environment: Mapping[str, str], where: Path, log: BinaryIO) -> ProcessRecord:
        return processes.spawn([sys.executable, "-c", answering, *command[2:]], environment, where, log)

    monkeypatch.setattr(emulator, "spawn", instead)


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "local"
    emulator.stop(tmp_path / "local")


def same(directory: Path, started: Emulator) -> Config:
    """The config of this local AWS."""
    return replace(config_in(directory, ACCOUNT, port=started.port), web_port=started.web_port)


def account_of(started: Emulator) -> str:
    connection = http.client.HTTPConnection(started.endpoint.removeprefix("http://"), timeout=10)
    credential = f"{started.access_key_id}/20261123/us-east-1/sts/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, Signature=0",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    connection.request("POST", "/", "Action=GetCallerIdentity&Version=2011-06-15", headers)
    body = connection.getresponse().read().decode()
    connection.close()
    return body.partition("<Account>")[2].partition("</Account>")[0]


def test_it_answers_as_the_account_that_was_asked_for(up: tuple[Path, Emulator]) -> None:
    directory, started = up

    assert started.endpoint == f"http://127.0.0.1:{started.port}"
    assert account_of(started) == ACCOUNT
    assert emulator.running(directory) == started


def test_a_second_start_finds_the_first(up: tuple[Path, Emulator]) -> None:
    directory, started = up

    assert emulator.start(same(directory, started)) == started


def test_it_listens_on_loopback_in_its_own_session_and_inherits_nothing_of_our_environment(
    up: tuple[Path, Emulator],
) -> None:
    process = psutil.Process(up[1].pid)

    listening = [c.laddr.ip for c in process.net_connections("tcp") if c.status == psutil.CONN_LISTEN and c.laddr]
    assert listening == ["127.0.0.1", "127.0.0.1"]
    assert os.getsid(process.pid) == process.pid  # Ctrl-C on make does not reach it
    assert not {"AWS_SECRET_ACCESS_KEY", "AWS_CA_BUNDLE"} & process.environ().keys()


def test_another_account_is_refused_while_one_is_up(up: tuple[Path, Emulator]) -> None:
    directory, started = up

    with pytest.raises(LocalAwsError) as refusal:
        emulator.start(replace(same(directory, started), account_id="111122223333"))

    assert str(refusal.value) == (
        f"a local AWS of account {ACCOUNT} is already up on port {started.port} (process {started.pid}), and account "
        f"111122223333 on port {started.port} is asked for. Stop that one first: make local-down"
    )
    assert emulator.running(directory) == started


@pytest.mark.usefixtures("stand_in")
def test_a_stopped_one_is_gone(directory: Path) -> None:
    started = emulator.start(config_in(directory, ACCOUNT))

    assert emulator.stop(directory) is True
    assert not psutil.pid_exists(started.pid)
    assert emulator.running(directory) is None
    assert emulator.stop(directory) is False


@pytest.mark.usefixtures("stand_in")
def test_a_killed_one_is_forgotten_and_another_can_start(directory: Path) -> None:
    config = config_in(directory, ACCOUNT)
    killed = emulator.start(config)
    psutil.Process(killed.pid).kill()
    psutil.Process(killed.pid).wait(5)

    assert emulator.running(directory) is None
    assert emulator.start(config).pid != killed.pid
