"""The laptop's Postgres, from outside: what a client is let do, and what survives which kill."""

from __future__ import annotations

import os
import re
import secrets
import signal
import socket
import struct
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import psutil
import psycopg2  # type: ignore[import-untyped]
import pytest

from local_aws.errors import LocalAwsError
from local_aws.postgres import postgres
from local_aws.postgres.postgres import Postgres
from local_aws.processes import ProcessRecord
from tests.support.local_postgres import PASSWORD, connect, query
from tests.support.ports import free_port


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    # Deeper than the path of a unix socket may be long.
    path = tmp_path_factory.mktemp("local") / ("deep" * 30)
    yield path
    postgres.stop(path)


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture
def up(directory: Path, port: int) -> Postgres:
    return postgres.start(directory, port, PASSWORD)


def refusal(server: Postgres, password: str = PASSWORD, sslmode: str = "require") -> str:
    with pytest.raises(psycopg2.OperationalError) as refused:
        connect(server, password, sslmode)
    return str(refused.value).partition("failed: ")[2].strip()


def family(server: Postgres) -> list[ProcessRecord]:
    records = [server.front, server.server]
    for process in psutil.Process(server.server.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # the worker of a client that has just left
            records.append(ProcessRecord(pid=process.pid, started=process.create_time()))
    return records


def test_a_client_with_tls_is_served(up: Postgres) -> None:
    assert query(up, "SELECT 6 * 7, current_user, current_database()") == (42, "postgres", "postgres")


def test_a_client_without_tls_is_refused(up: Postgres) -> None:
    assert refusal(up, sslmode="disable") == "FATAL:  SSL connection is required"


def test_a_wrong_password_is_refused(up: Postgres) -> None:
    assert refusal(up, "not" + PASSWORD) == 'FATAL:  password authentication failed for user "postgres"'


def test_gss_encryption_is_declined_and_tls_is_then_taken_up(up: Postgres) -> None:
    with closing(socket.create_connection(("127.0.0.1", up.port), timeout=10)) as client:
        client.sendall(struct.pack("!ii", 8, 80877104))
        assert client.recv(10) == b"N"
        client.sendall(struct.pack("!ii", 8, 80877103))
        assert client.recv(10) == b"S"


def test_what_is_no_postgres_client_is_hung_up_on(up: Postgres) -> None:
    with closing(socket.create_connection(("127.0.0.1", up.port), timeout=10)) as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n"[:8])
        assert client.recv(10) == b""


def test_there_is_no_way_round_the_front(up: Postgres) -> None:
    listening = []
    for record in family(up):
        with suppress(psutil.NoSuchProcess):
            connections = psutil.Process(record.pid).net_connections("inet")
            listening += [(record.pid, it.laddr.port) for it in connections if it.status == psutil.CONN_LISTEN]
    assert listening == [(up.front.pid, up.port)]


def test_a_running_statement_can_be_cancelled(up: Postgres) -> None:
    with closing(connect(up)) as connection, connection.cursor() as cursor:
        timer = threading.Timer(0.3, connection.cancel)
        timer.start()
        with pytest.raises(psycopg2.errors.QueryCanceled):
            cursor.execute("SELECT pg_sleep(30)")
        timer.join()


def test_large_rows_pass_whole_in_both_directions(up: Postgres) -> None:
    sent = secrets.token_hex(4_000_000)
    with closing(connect(up)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT %s || md5('x')", (sent,))
        assert cursor.fetchone() == (sent + "9dd4e461268c8034f5c8564e155c67a6",)


def test_a_hundred_clients_at_once_are_served(up: Postgres) -> None:
    def square(number: int) -> int:
        return int(query(up, "SELECT %s * %s FROM pg_sleep(0.2)", number, number)[0])

    with ThreadPoolExecutor(100) as clients:
        assert list(clients.map(square, range(100))) == [number * number for number in range(100)]


def test_starting_what_is_up_starts_nothing(up: Postgres, directory: Path) -> None:
    assert postgres.start(directory, up.port, PASSWORD) == up == postgres.running(directory)


def test_another_port_is_refused_while_it_is_up(up: Postgres, directory: Path) -> None:
    with pytest.raises(LocalAwsError) as refused:
        postgres.start(directory, up.port + 1, PASSWORD)
    assert str(refused.value) == (
        f"the local Postgres is already up on port {up.port} (process {up.front.pid}), "
        f"and port {up.port + 1} is asked for. Stop that one first: make local-down"
    )


def test_the_password_is_in_no_file_and_on_no_command_line(up: Postgres, directory: Path) -> None:
    refusal(up, PASSWORD + "x")
    kept = [path for path in directory.rglob("*") if path.is_file() and PASSWORD.encode() in path.read_bytes()]
    assert kept == []
    told = []
    for record in family(up):
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(record.pid)
            told += [*process.cmdline(), *process.environ().values()]
    assert str(up.port) in told
    assert [word for word in told if PASSWORD in word] == []


def test_stop_leaves_no_process_even_with_a_client_connected(up: Postgres, directory: Path) -> None:
    processes = family(up)
    assert len(processes) > 2
    log = directory / "postgres" / "server.log"
    before = log.stat().st_size
    with closing(connect(up)) as client:
        assert postgres.stop(directory)
        with pytest.raises(psycopg2.OperationalError), client.cursor() as cursor:
            cursor.execute("SELECT 1")
    # It ended by itself, though a client was connected: a killed server logs no shutdown.
    printed = log.read_bytes()[before:].decode()
    assert re.search("received fast shutdown request.*database system is shut down", printed, re.DOTALL), printed
    assert [record for record in processes if record.process()] == []
    assert postgres.running(directory) is None
    assert not postgres.stop(directory)


def test_the_data_outlives_a_stop(up: Postgres, directory: Path) -> None:
    query(up, "CREATE TABLE kept AS SELECT 'data' AS word")
    postgres.stop(directory)
    again = postgres.start(directory, up.port, PASSWORD)
    assert again.server != up.server
    assert query(again, "SELECT word FROM kept") == ("data",)


def test_a_killed_postgres_comes_back_with_its_data(up: Postgres, directory: Path) -> None:
    query(up, "CREATE TABLE survived AS SELECT 'committed' AS word")
    with closing(connect(up)):  # its worker outlives the server for a moment
        os.kill(up.server.pid, signal.SIGKILL)
        again = postgres.start(directory, up.port, PASSWORD)
    assert (again.server != up.server, again.front) == (True, up.front)
    assert query(again, "SELECT word FROM survived") == ("committed",)


def test_a_client_of_a_killed_postgres_is_reported_so(up: Postgres) -> None:
    os.kill(up.server.pid, signal.SIGKILL)
    while up.server.process():
        time.sleep(0.01)
    assert refusal(up) == "FATAL:  the local Postgres is not running; start it: make local"


def test_a_record_whose_id_is_anothers_now_is_not_believed(up: Postgres, directory: Path) -> None:
    postgres.stop(directory)
    record = directory / "postgres" / "data" / "postmaster.pid"
    record.write_text(f"{os.getpid()}\n{record.parent}\n{int(time.time())}\n5432\n.\n\n0 0\nready\n")
    assert postgres.running(directory) is None
    assert query(postgres.start(directory, up.port, PASSWORD), "SELECT 1") == (1,)


def test_a_killed_front_comes_back_before_the_same_postgres(up: Postgres, directory: Path) -> None:
    os.kill(up.front.pid, signal.SIGKILL)
    again = postgres.start(directory, up.port, PASSWORD)
    assert (again.front != up.front, again.server) == (True, up.server)
    assert query(again, "SELECT 1") == (1,)


def test_a_new_password_takes_the_place_of_the_old_one(up: Postgres, directory: Path) -> None:
    new = "new" + PASSWORD
    changed = postgres.start(directory, up.port, new)
    try:
        assert query(changed, "SELECT 1", password=new) == (1,)
        assert refusal(changed) == 'FATAL:  password authentication failed for user "postgres"'
    finally:
        postgres.start(directory, up.port, PASSWORD)


def test_an_empty_password_is_refused(up: Postgres, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "of another Postgres")
    with pytest.raises(LocalAwsError) as refused:
        postgres.start(directory, up.port, "")
    assert str(refused.value) == "the local Postgres needs a password, and DAGSTER_PG_PASSWORD is empty"
    assert query(up, "SELECT 1") == (1,)
