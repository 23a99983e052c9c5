"""Sessions of the local Snowflake that write at once: statement by statement, in an order that the test chooses."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from fakesnow.cursor import FakeSnowflakeCursor
from fakesnow.fakes import FakeSnowflakeConnection
from fakesnow.instance import FakeSnow
from snowflake.connector.errors import ProgrammingError

from local_aws.snowflake_transactions import CLOSED, LOCKED, ROLLED_BACK, Transactions

pytestmark = pytest.mark.filterwarnings("ignore:Arrow output on a DB-API result")  # fakesnow's own call

LONG, SHORT = 60.0, 0.05


class Client:
    """One session."""

    def __init__(self, connection: FakeSnowflakeConnection, transactions: Transactions) -> None:
        self.connection, self.transactions = connection, transactions

    async def run(self, *statements: str) -> list[Any]:
        """Run them, and return what the last one gives."""
        cursor = self.connection.cursor()
        for statement in statements:
            await self.transactions.run(cursor.execute, statement, server=True)
        return cursor.fetchall()


class Slow(FakeSnowflakeCursor):
    """A cursor that executes a statement when the test lets it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.begun, self.go_on = threading.Event(), threading.Event()

    def execute(self, command: str, *args: Any, **kwargs: Any) -> FakeSnowflakeCursor:
        self.begun.set()
        assert self.go_on.wait(LONG)
        return super().execute(command, *args, **kwargs)


Clients = Callable[[Transactions], list[Client]]


@pytest.fixture
def clients() -> Iterator[Clients]:
    """Three sessions of one database, with a table that holds one row."""
    snow = FakeSnow()

    def connect(transactions: Transactions) -> list[Client]:
        sessions = [snow.connect("DB", "PUBLIC") for _ in range(3)]
        sessions[0].cursor().execute("CREATE TABLE T (N INT)").execute("INSERT INTO T VALUES (1)")
        return [Client(session, transactions) for session in sessions]

    yield connect
    snow.duck_conn.close()


async def waiting(statement: Awaitable[list[Any]]) -> asyncio.Task[list[Any]]:
    """The statement, begun, and as far as it gets without anybody else's doing."""
    task = asyncio.ensure_future(statement)
    await asyncio.sleep(0)
    assert not task.done()
    return task


def test_a_second_writer_waits_for_the_first_and_sees_what_it_committed(clients: Clients) -> None:
    async def scenario() -> None:
        first, second, _ = clients(Transactions())
        await first.run("BEGIN", "DELETE FROM T", "INSERT INTO T VALUES (2), (3)")
        # Within a transaction that has read already: it is not bound to what it saw then.
        assert await second.run("BEGIN", "SELECT N FROM T") == [(1,)]
        delete = await waiting(second.run("DELETE FROM T"))
        await first.run("COMMIT")
        assert await delete == [(2,)]
        assert await second.run("INSERT INTO T VALUES (4)", "COMMIT", "SELECT N FROM T") == [(4,)]

    asyncio.run(scenario())


def test_a_rollback_lets_the_next_one_write_and_brings_the_rows_back(clients: Clients) -> None:
    async def scenario() -> None:
        first, second, _ = clients(Transactions())
        await first.run("begin transaction;", "DELETE FROM T")
        delete = await waiting(second.run("DELETE FROM T"))
        await first.run("ROLLBACK")
        assert await delete == [(1,)]

    asyncio.run(scenario())


def test_a_reader_does_not_wait(clients: Clients) -> None:
    async def scenario() -> None:
        first, second, _ = clients(Transactions())
        await first.run("BEGIN", "DELETE FROM T")
        assert await second.run("SELECT N FROM T") == [(1,)]
        assert await first.run("SELECT COUNT(*) FROM T") == [(0,)]

    asyncio.run(scenario())


def test_those_that_wait_write_in_the_order_in_which_they_came(clients: Clients) -> None:
    async def scenario() -> None:
        first, second, third = clients(Transactions())
        await first.run("BEGIN", "DELETE FROM T")
        inserts = [
            await waiting(second.run("INSERT INTO T VALUES (2)")),
            await waiting(third.run("INSERT INTO T VALUES (3)")),
        ]
        await first.run("COMMIT")
        await asyncio.gather(*inserts)
        assert await first.run("SELECT N FROM T") == [(2,), (3,)]

    asyncio.run(scenario())


def test_a_session_that_ends_leaves_no_transaction_behind(clients: Clients) -> None:
    async def scenario() -> None:
        transactions = Transactions(silent_seconds=LONG)
        first, second, _ = clients(transactions)
        await first.run("BEGIN", "DELETE FROM T")
        delete = await waiting(second.run("DELETE FROM T"))
        transactions.close(first.connection)
        assert await delete == [(1,)]

    asyncio.run(scenario())


def test_a_client_that_vanished_is_rolled_back_once_another_waits(clients: Clients) -> None:
    async def scenario() -> None:
        first, second, _ = clients(Transactions(silent_seconds=SHORT, lock_timeout_seconds=LONG))
        await first.run("BEGIN", "DELETE FROM T", "INSERT INTO T VALUES (2)")
        assert await second.run("UPDATE T SET N = N + 10", "SELECT N FROM T") == [(11,)]
        for statement in ("INSERT INTO T VALUES (3)", "SELECT N FROM T", "COMMIT"):
            with pytest.raises(ProgrammingError, match="the transaction was rolled back") as refused:
                await first.run(statement)
            assert refused.value.errno == ROLLED_BACK
        assert await first.run("BEGIN", "INSERT INTO T VALUES (3)", "COMMIT", "SELECT N FROM T") == [(11,), (3,)]

    asyncio.run(scenario())


def test_a_statement_that_takes_long_is_not_silence_and_the_other_is_refused_in_the_end(clients: Clients) -> None:
    async def scenario() -> None:
        transactions = Transactions(silent_seconds=SHORT / 2, lock_timeout_seconds=SHORT)
        first, second, _ = clients(transactions)
        slow = Slow(first.connection, first.connection._duck_conn)
        insert = asyncio.ensure_future(transactions.run(slow.execute, "INSERT INTO T VALUES (2)", server=True))
        await asyncio.to_thread(slow.begun.wait, LONG)
        with pytest.raises(ProgrammingError, match="holds the lock") as refused:
            await second.run("DELETE FROM T")
        assert refused.value.errno == LOCKED
        slow.go_on.set()
        await insert
        assert await second.run("DELETE FROM T") == [(2,)]

    asyncio.run(scenario())


def test_a_ddl_statement_commits_the_transaction_that_it_stands_in(clients: Clients) -> None:
    async def scenario() -> None:
        first, second, _ = clients(Transactions(silent_seconds=LONG))
        await first.run("BEGIN", "INSERT INTO T VALUES (2)", "CREATE TABLE IF NOT EXISTS U (N INT)")
        assert await second.run("DELETE FROM T") == [(2,)]

    asyncio.run(scenario())


def test_without_autocommit_the_first_statement_that_writes_begins_a_transaction(clients: Clients) -> None:
    async def scenario() -> None:
        first, second, _ = clients(Transactions(silent_seconds=LONG))
        first.connection.autocommit(False)
        await first.run("INSERT INTO T VALUES (2)", "INSERT INTO T VALUES (3)")
        delete = await waiting(second.run("DELETE FROM T"))
        await first.run("COMMIT")
        assert await delete == [(3,)]

    asyncio.run(scenario())


def test_a_statement_that_fails_holds_nothing(clients: Clients) -> None:
    async def scenario() -> None:
        first, second, _ = clients(Transactions(silent_seconds=LONG))
        await first.run("CREATE TABLE U (N INT NOT NULL)")
        with pytest.raises(ProgrammingError, match="NOT NULL constraint failed"):
            await first.run("INSERT INTO U VALUES (NULL)")
        assert await second.run("INSERT INTO U VALUES (1)", "SELECT N FROM U") == [(1,)]

    asyncio.run(scenario())


@pytest.mark.parametrize("begin", ["BEGIN -- x", "/* x */ BEGIN TRANSACTION /* y\n z */ ;", "-- x\nbegin; // y"])
@pytest.mark.parametrize("commit", ["COMMIT -- done", "-- x\nCOMMIT WORK; /* done */ -- now\n"])
def test_comments_around_begin_and_commit_do_not_hide_them(clients: Clients, begin: str, commit: str) -> None:
    async def scenario() -> None:
        first, second, _ = clients(Transactions(silent_seconds=LONG))
        await first.run(begin, "INSERT INTO T VALUES (2)")
        delete = await waiting(second.run("DELETE FROM T"))
        await first.run(commit)
        assert await delete == [(2,)]

    asyncio.run(scenario())


def test_a_rollback_that_fails_is_logged_and_does_not_fail_the_session_that_waits(
    clients: Clients, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        first, second, _ = clients(Transactions(silent_seconds=SHORT, lock_timeout_seconds=LONG))
        await first.run("BEGIN", "DELETE FROM T")
        first.connection._duck_conn.rollback()
        assert await second.run("DELETE FROM T") == [(1,)]

    asyncio.run(scenario())
    assert "no transaction is active" in caplog.text


def test_a_session_that_is_closed_while_it_waits_does_not_become_the_writer(clients: Clients) -> None:
    async def scenario() -> None:
        transactions = Transactions(silent_seconds=LONG)
        first, second, third = clients(transactions)
        await first.run("BEGIN", "DELETE FROM T")
        await second.run("BEGIN")
        closed, delete = await waiting(second.run("DELETE FROM T")), await waiting(third.run("DELETE FROM T"))
        transactions.close(second.connection)
        second.connection.close()
        await first.run("ROLLBACK")
        assert await delete == [(1,)]
        with pytest.raises(ProgrammingError, match="the session is closed") as refused:
            await closed
        assert refused.value.errno == CLOSED

    asyncio.run(scenario())


def test_a_session_that_is_closed_while_its_statement_executes_is_rolled_back_afterwards(clients: Clients) -> None:
    async def scenario() -> None:
        transactions = Transactions(silent_seconds=LONG)
        first, second, _ = clients(transactions)
        await first.run("BEGIN", "INSERT INTO T VALUES (2)")
        slow = Slow(first.connection, first.connection._duck_conn)
        insert = asyncio.ensure_future(transactions.run(slow.execute, "INSERT INTO T VALUES (3)", server=True))
        await asyncio.to_thread(slow.begun.wait, LONG)
        delete = await waiting(second.run("DELETE FROM T"))
        transactions.close(first.connection)
        slow.go_on.set()
        await insert
        assert await delete == [(1,)]

    asyncio.run(scenario())


def test_a_transaction_that_does_not_start_holds_nothing(clients: Clients) -> None:
    async def scenario() -> None:
        first, second, _ = clients(Transactions(silent_seconds=LONG))
        await first.run("BEGIN")
        first.connection.close()
        with pytest.raises(ProgrammingError, match="Connection already closed"):
            await first.run("DELETE FROM T")
        assert await second.run("DELETE FROM T") == [(1,)]

    asyncio.run(scenario())


FAILS = "INSERT INTO T VALUES ('not a number')"


@pytest.mark.parametrize("commits", ["COMMIT", "CREATE TABLE U (N INT)"])
@pytest.mark.parametrize("fails", [FAILS, "SELECT * FROM NOT_THERE"])
def test_a_commit_fails_if_duckdb_lost_the_rows_after_a_failed_statement(
    clients: Clients, commits: str, fails: str
) -> None:
    async def scenario() -> None:
        first, second, _ = clients(Transactions(silent_seconds=LONG))
        await first.run("BEGIN", "INSERT INTO T VALUES (2)")
        with pytest.raises(ProgrammingError):
            await first.run(fails)
        with pytest.raises(ProgrammingError, match="rolled back: a statement in it failed") as refused:
            await first.run(commits)
        assert refused.value.errno == ROLLED_BACK
        assert await second.run("INSERT INTO T VALUES (3)", "SELECT N FROM T") == [(1,), (3,)]
        assert await first.run("BEGIN", "INSERT INTO T VALUES (4)", "COMMIT", "SELECT COUNT(*) FROM T") == [(3,)]

    asyncio.run(scenario())


def test_a_rollback_after_a_failed_statement_succeeds(clients: Clients) -> None:
    async def scenario() -> None:
        first, second, _ = clients(Transactions(silent_seconds=LONG))
        await first.run("BEGIN", "INSERT INTO T VALUES (2)")
        with pytest.raises(ProgrammingError):
            await first.run(FAILS)
        await first.run("ROLLBACK")
        assert await second.run("DELETE FROM T") == [(1,)]

    asyncio.run(scenario())


def test_a_commit_succeeds_if_the_failed_statement_did_not_reach_duckdb(clients: Clients) -> None:
    async def scenario() -> None:
        first, _, _ = clients(Transactions())
        await first.run("BEGIN", "INSERT INTO T VALUES (2)")
        with pytest.raises(ProgrammingError, match="Expecting"):
            await first.run("INSERT INTO T (SELECT")
        assert await first.run("COMMIT", "SELECT N FROM T") == [(1,), (2,)]

    asyncio.run(scenario())


def test_alter_session_does_not_wait_and_does_not_commit(clients: Clients) -> None:
    async def scenario() -> None:
        first, second, _ = clients(Transactions(silent_seconds=LONG, lock_timeout_seconds=SHORT))
        alter = "ALTER SESSION SET QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE"
        await first.run("BEGIN", "DELETE FROM T", alter)
        await second.run(alter)
        assert await first.run("ROLLBACK", "SELECT N FROM T") == [(1,)]

    asyncio.run(scenario())


def test_autocommit_commits_what_was_written_without_it(clients: Clients) -> None:
    async def scenario() -> None:
        first, second, _ = clients(Transactions(silent_seconds=LONG))
        await first.run("ALTER SESSION SET AUTOCOMMIT = FALSE", "INSERT INTO T VALUES (2)")
        delete = await waiting(second.run("DELETE FROM T"))
        await first.run("ALTER SESSION SET AUTOCOMMIT = TRUE")
        assert await delete == [(2,)]
        assert await first.run("COMMIT", "INSERT INTO T VALUES (3)", "SELECT N FROM T") == [(3,)]

    asyncio.run(scenario())
