"""Files of the laptop's Postgres that are lost or damaged, while it runs and while it does not."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local_aws.errors import LocalAwsError, ServerDiedError
from local_aws.postgres import postgres
from local_aws.postgres import server as postgres_server
from local_aws.postgres.postgres import Postgres
from tests.support.damages import DAMAGES, damage
from tests.support.local_postgres import PASSWORD, query
from tests.support.ports import free_port

# Written again at each start, or not needed.
REPAIRED = [
    "tls.pem",
    "lock",
    "front.log",
    "server.log",
    *(
        f"data/{name}"
        for name in (
            "postmaster.pid",
            ".s.PGSQL.5432",
            ".s.PGSQL.5432.lock",
            "postgresql.conf",
            "postgresql.auto.conf",
            "pg_hba.conf",
            "pg_ident.conf",
            "postmaster.opts",
        )
    ),
]


@pytest.fixture(autouse=True)
def no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start that recognizes no damage, and only waits for an answer, reaches the test's own limit."""
    monkeypatch.setattr(postgres, "SECONDS_TO_ANSWER", 3600)


@contextmanager
def folder() -> Iterator[Path]:
    # Not below pytest's own folder: another session of it closes that folder to the user that Postgres runs as.
    with tempfile.TemporaryDirectory(prefix="asset-manager-damaged-", ignore_cleanup_errors=True) as path:
        try:
            yield Path(path)
        finally:
            postgres.stop(Path(path))


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    with folder() as path:
        yield path


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture
def up(directory: Path, port: int) -> Postgres:
    started = postgres.start(directory, port, PASSWORD)
    query(started, "CREATE TABLE IF NOT EXISTS kept AS SELECT 'history' AS word")
    return started


@pytest.mark.parametrize("kind", DAMAGES)
@pytest.mark.parametrize("name", REPAIRED)
def test_a_damaged_file_of_a_postgres_that_runs_is_repaired(
    up: Postgres, directory: Path, name: str, kind: str
) -> None:
    damage(directory / "postgres" / name, kind)
    again = postgres.start(directory, up.port, PASSWORD)
    assert query(again, "SELECT word FROM kept") == ("history",)
    assert postgres_server.is_whole(directory / "postgres", again.server)


@pytest.mark.parametrize("kind", DAMAGES)
def test_damaged_files_of_a_postgres_that_does_not_run_are_repaired(up: Postgres, directory: Path, kind: str) -> None:
    postgres.stop(directory)
    for name in REPAIRED:
        damage(directory / "postgres" / name, kind)
    assert query(postgres.start(directory, up.port, PASSWORD), "SELECT word FROM kept") == ("history",)


@pytest.mark.parametrize("kind", DAMAGES)
def test_stop_ends_it_with_any_of_its_files_damaged(up: Postgres, directory: Path, kind: str) -> None:
    for name in REPAIRED:
        damage(directory / "postgres" / name, kind)
    assert postgres.stop(directory) is True
    assert [record for record in (up.server, up.front) if record.process()] == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [("PG_VERSION", "missing"), ("global/pg_control", "garbage"), ("global/pg_filenode.map", "truncated")],
)
def test_data_that_it_cannot_run_on_is_kept_beside_an_empty_one(
    name: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    with folder() as path:
        home = path / "postgres"
        query(postgres.start(path, port, PASSWORD), "CREATE TABLE old AS SELECT 1")
        postgres.stop(path)
        damage(home / "data" / name, kind)
        tables = {file.relative_to(home / "data") for file in (home / "data" / "base").glob("*/[0-9]*")}

        again = postgres.start(path, port, PASSWORD)

        assert again.was_started
        assert query(again, "SELECT to_regclass('old')") == (None,)
        (kept,) = home.glob("data.damaged-*")
        assert {file.relative_to(kept) for file in (kept / "base").glob("*/[0-9]*")} == tables
        assert (
            "    Postgres cannot run on its data, so it starts empty; the data, with Dagster's history, is kept in "
            f"{kept}\n"
        ) in capsys.readouterr().out


def test_data_stays_in_its_place_if_an_empty_one_does_not_run_either(
    up: Postgres, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.stop(directory)
    with monkeypatch.context() as patched:
        patched.setitem(postgres_server.SETTINGS, "max_connections", "many")
        with pytest.raises(LocalAwsError) as refusal:
            postgres.start(directory, up.port, PASSWORD)
    assert 'invalid value for parameter "max_connections": "many"' in str(refusal.value)
    assert [path.name for path in (directory / "postgres").glob("data*")] == ["data"]
    assert query(postgres.start(directory, up.port, PASSWORD), "SELECT word FROM kept") == ("history",)


# The server ends by the first, and answers each client with the second.
@pytest.mark.parametrize("name", ["PG_VERSION", "global/pg_filenode.map"])
def test_data_stays_in_its_place_if_the_machine_is_the_reason(up: Postgres, directory: Path, name: str) -> None:
    postgres.stop(directory)
    file = directory / "postgres" / "data" / name
    mode = file.stat().st_mode
    file.chmod(0)
    try:
        with pytest.raises(ServerDiedError, match="for a reason of this machine") as refusal:
            postgres.start(directory, up.port, PASSWORD)
    finally:
        file.chmod(mode)
    assert "Permission denied" in str(refusal.value)
    assert [path.name for path in (directory / "postgres").glob("data*")] == ["data"]
    assert query(postgres.start(directory, up.port, PASSWORD), "SELECT word FROM kept") == ("history",)


def test_data_stays_in_its_place_if_the_machine_lets_no_password_be_set(
    up: Postgres, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise postgres_server.ProgramFailedError("FATAL:  could not open file: Too many open files")

    with monkeypatch.context() as patched:
        patched.setattr(postgres_server, "set_password", fail)
        with pytest.raises(ServerDiedError, match="Too many open files"):
            postgres.start(directory, up.port, "another")
    assert [path.name for path in (directory / "postgres").glob("data*")] == ["data"]
    assert query(postgres.start(directory, up.port, PASSWORD), "SELECT word FROM kept") == ("history",)


def test_data_that_a_killed_start_set_aside_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    with folder() as path:
        postgres.start(path, port, PASSWORD)
        postgres.stop(path)
        kept = postgres_server.set_aside(path.resolve() / "postgres")
        assert capsys.readouterr().out == ""

        postgres.start(path, port, PASSWORD)

        assert capsys.readouterr().out == (
            f"    Postgres has no data, so it starts empty; data that an earlier start set aside: {kept}\n"
        )
        assert (kept / "PG_VERSION").exists()
