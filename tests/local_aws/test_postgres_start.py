"""How the laptop's Postgres is started: by one starter or two at once, to their end or killed on the way."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from local_aws.errors import PortInUseError
from local_aws.postgres import postgres
from tests.support.local_postgres import PASSWORD, query
from tests.support.ports import free_port

START = (
    "import sys; from pathlib import Path; from local_aws.postgres import postgres; "
    "print(postgres.start(Path(sys.argv[1]), int(sys.argv[2]), sys.stdin.read()).server.pid)"
)


def starter(directory: Path, port: int) -> subprocess.Popen[str]:
    program = subprocess.Popen(
        [sys.executable, "-P", "-c", START, str(directory), str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdin
    program.stdin.write(PASSWORD)
    program.stdin.close()
    program.stdin = None  # so that communicate() leaves it alone
    return program


def test_a_port_in_use_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUseError) as refused:
            postgres.start(tmp_path, port, PASSWORD)
    assert str(refused.value).startswith(f"port {port} on 127.0.0.1 is in use by process {os.getpid()} (")
    assert str(refused.value).endswith(
        "and the local Postgres wants it. Stop that program, or choose another port: "
        f"LOCAL_POSTGRES_PORT={port + 1} make local"
    )
    assert not (tmp_path / "postgres" / "data").exists()


def test_two_starts_at_once_make_one_server(tmp_path: Path) -> None:
    port = free_port()
    try:
        starters = [starter(tmp_path, port) for _ in range(2)]
        printed = [program.communicate(timeout=60)[0].strip() for program in starters]
        assert [program.returncode for program in starters] == [0, 0]
        now = postgres.running(tmp_path)
        assert now
        assert printed == [str(now.server.pid)] * 2
    finally:
        postgres.stop(tmp_path)


def test_it_outlives_its_starter_and_a_starter_killed_on_the_way(tmp_path: Path) -> None:
    port = free_port()
    try:
        with starter(tmp_path, port) as killed:
            while not list(tmp_path.glob("postgres/data.*.new/base")):
                assert killed.poll() is None
                time.sleep(0.01)
            killed.kill()
        assert not (tmp_path / "postgres" / "data").exists()

        with starter(tmp_path, port) as done:
            printed = done.communicate(timeout=60)[0].strip()
        now = postgres.running(tmp_path)
        assert now
        assert printed == str(now.server.pid)
        assert query(now, "SELECT 1") == (1,)
        assert [path.name for path in tmp_path.glob("postgres/data*")] == ["data"]
    finally:
        postgres.stop(tmp_path)
