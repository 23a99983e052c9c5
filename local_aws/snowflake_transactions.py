"""Snowflake's transactions for fakesnow's server: one session writes at a time, and the others wait until it ends.

DuckDB, which fakesnow is built on, lets two sessions change the same rows and then fails the later one ("Conflict on
tuple deletion"). fakesnow answers that with HTTP 500, and the connector repeats a 500 until its network timeout.
Snowflake makes the later statement wait: https://docs.snowflake.com/en/sql-reference/transactions

Three things differ from Snowflake:

- Snowflake locks a table. This module locks the server, so no deadlock is possible.
- A Snowflake statement sees what is committed when the statement starts. A DuckDB transaction sees what was committed
  when the transaction started. So DuckDB's transaction starts at the first statement that writes, after the wait.
- Snowflake keeps a transaction open after a statement fails, and COMMIT commits the statements that succeeded. DuckDB
  aborts the transaction and loses their rows. So COMMIT then fails, and its error says that they were rolled back.

The server's event loop makes every change of state, and no change spans an `await`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import duckdb
import fakesnow.server as fakesnow_server
from fakesnow.cursor import FakeSnowflakeCursor
from fakesnow.fakes import FakeSnowflakeConnection
from snowflake.connector.errors import Error, OperationalError, ProgrammingError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

logger = logging.getLogger(__name__)

# A client that was killed never ends its transaction: after this silence, the next writer rolls it back.
SILENT_SECONDS = 20.0
# Snowflake's LOCK_TIMEOUT. Shorter than NETWORK_SECONDS of asset_manager/snowflake.py: the client gets the reason.
LOCK_TIMEOUT_SECONDS = 90.0

# Possessive: a statement that does not match takes no longer than one that does.
IGNORED = re.compile(r"(?:[\s;]++|(?:--|//)[^\n]*+|/\*.*?\*/)*+", re.DOTALL)  # comments, before and after a statement
BEGIN = re.compile(
    r"(?:BEGIN(?:\s+(?:WORK|TRANSACTION))?|START\s+TRANSACTION)(?:\s+NAME\s+\w+)?" + IGNORED.pattern,
    re.IGNORECASE | re.DOTALL,
)
END = re.compile(r"(COMMIT|ROLLBACK)(?:\s+WORK)?" + IGNORED.pattern, re.IGNORECASE | re.DOTALL)
# Statements that change no row. ALTER SESSION and SET change the session only.
READ = re.compile(r"(?:SELECT|WITH|VALUES|SHOW|DESC|DESCRIBE|EXPLAIN|USE|SET|LIST|LS|ALTER\s+SESSION)\b", re.IGNORECASE)
AUTOCOMMIT = re.compile(r"ALTER\s+SESSION\s+(?:UN)?SET\s+AUTOCOMMIT\b", re.IGNORECASE)
DDL = re.compile(r"(?:ALTER|COMMENT|CREATE|DROP)\b", re.IGNORECASE)
DONE = "SELECT 'Statement executed successfully.' AS \"status\""

LOCKED = 625  # Snowflake's number for "has locked table"
ROLLED_BACK = 90232
CLOSED = 250002  # the connector's number for "connection is closed"
UNFORESEEN = 261000  # fakesnow's number for an error that it did not foresee
INTERNAL_SERVER_ERROR = 500


@dataclass(eq=False)
class Session:
    """What a connection has begun. Its statements run one after the other."""

    connection: FakeSnowflakeConnection
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    begun: bool = False  # by the client
    started: bool = False  # in DuckDB
    rolled_back: bool = False
    closed: bool = False

    def start(self) -> None:
        """Start DuckDB's transaction."""
        self.connection._duck_conn.begin()
        self.started = self.connection._in_transaction = True

    def stop(self, *, commit: bool) -> None:
        """End DuckDB's transaction. Raises ProgrammingError if it cannot commit, because a statement failed."""
        self.started = self.connection._in_transaction = False
        aborted = commit and self._is_aborted()
        if commit and not aborted:
            self.connection._duck_conn.commit()
        else:
            self.connection._duck_conn.rollback()
        if aborted:
            raise _rolled_back(
                "a statement in it failed. Snowflake would commit the statements that succeeded; "
                "the local Snowflake cannot, because DuckDB aborts the transaction"
            )

    def refuse_if_closed(self) -> None:
        """Raise ProgrammingError if the client closed the session."""
        if self.closed:
            raise ProgrammingError(msg="the session is closed", errno=CLOSED, sqlstate="08003")

    def _is_aborted(self) -> bool:
        """Whether DuckDB aborted its transaction. Its commit() does not say so: it rolls back, and succeeds."""
        try:
            self.connection._duck_conn.execute("SELECT 1")
        except duckdb.TransactionException:
            return True
        return False


class Transactions:
    """The order in which the sessions of one server write."""

    def __init__(
        self, *, silent_seconds: float = SILENT_SECONDS, lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS
    ) -> None:
        self._silent_seconds = silent_seconds
        self._lock_timeout_seconds = lock_timeout_seconds
        self._sessions: dict[FakeSnowflakeConnection, Session] = {}
        self._writer: Session | None = None
        self._executing = False
        self._spoke_at = 0.0
        self._next = asyncio.Lock()  # held by the first of those that wait
        self._released = asyncio.Event()

    async def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a blocking function of the server, in place of Starlette's `run_in_threadpool`.

        Raises nothing but ProgrammingError and OperationalError, the two that the server reports to its client.
        """
        cursor = getattr(function, "__self__", None)
        try:
            if not isinstance(cursor, FakeSnowflakeCursor) or function != cursor.execute:
                return await run_in_threadpool(function, *args, **kwargs)
            session = self._sessions.setdefault(cursor._conn, Session(cursor._conn))
            async with session.turn:
                session.refuse_if_closed()
                try:
                    return await self._execute(session, cursor, *args, **kwargs)
                finally:
                    if session.closed and session is self._writer:
                        self._roll_back()
        except (ProgrammingError, OperationalError):
            raise
        except Exception as error:
            number = error.errno if isinstance(error, Error) and error.errno else UNFORESEEN
            raise ProgrammingError(msg=f"{type(error).__name__}: {error}", errno=number, sqlstate="XX000") from error

    def close(self, connection: FakeSnowflakeConnection) -> None:
        """Forget a session that ends, and what it did not commit. A statement that is executing ends first."""
        session = self._sessions.pop(connection, None)
        if not session:
            return
        session.closed = True
        if session is self._writer and not session.turn.locked():
            self._roll_back()

    async def _execute(self, session: Session, cursor: FakeSnowflakeCursor, sql: str, **kwargs: Any) -> None:
        statement = sql[IGNORED.match(sql).end() :]  # type: ignore[union-attr]  # matches anything
        if BEGIN.fullmatch(statement):
            session.begun, session.rolled_back = True, False
            await run_in_threadpool(cursor.execute, DONE)
        elif end := END.fullmatch(statement):
            self._end(session, commit=end[1].upper() == "COMMIT")
            await run_in_threadpool(cursor.execute, DONE)
        elif session.rolled_back:
            raise _silent()
        elif READ.match(statement):
            if AUTOCOMMIT.match(statement) and not session.connection._autocommit:
                self._end(session, commit=True)  # as fakesnow does
            await self._speak(session, cursor, sql, **kwargs)
        else:
            await self._write(session, cursor, sql, is_ddl=DDL.match(statement) is not None, **kwargs)

    def _end(self, session: Session, *, commit: bool) -> None:
        rolled_back = session.rolled_back
        session.begun = session.rolled_back = False
        if session is self._writer:
            self._release(commit=commit)
        if rolled_back and commit:
            raise _silent()

    async def _write(
        self, session: Session, cursor: FakeSnowflakeCursor, sql: str, *, is_ddl: bool, **kwargs: Any
    ) -> None:
        if is_ddl:
            self._end(session, commit=True)
        elif not session.connection._autocommit:
            session.begun = True
        try:
            if session is not self._writer:
                await self._wait(session)
                if session.begun:
                    session.start()
            await self._speak(session, cursor, sql, **kwargs)
        finally:
            if session is self._writer and not session.started:
                self._release(commit=None)

    async def _speak(self, session: Session, cursor: FakeSnowflakeCursor, sql: str, **kwargs: Any) -> None:
        writes = session is self._writer
        self._executing = self._executing or writes
        try:
            await run_in_threadpool(cursor.execute, sql, **kwargs)
        finally:
            if writes:
                self._executing, self._spoke_at = False, asyncio.get_running_loop().time()

    async def _wait(self, session: Session) -> None:
        """Become the writer, after the present one and all that came before.

        Raises ProgrammingError if the lock timeout passes, or if the client closes the session meanwhile.
        """
        now = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(self._lock_timeout_seconds), self._next:
                while self._writer:
                    left = self._silent_seconds - (0.0 if self._executing else now() - self._spoke_at)
                    if left <= 0:
                        self._writer.rolled_back = True
                        self._roll_back()
                        continue
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._released.wait(), left)
                session.refuse_if_closed()
                self._writer = session
                self._spoke_at = now()
                self._released.clear()
        except TimeoutError:
            message = f"another session's transaction holds the lock for more than {self._lock_timeout_seconds:g} s"
            raise ProgrammingError(msg=message, errno=LOCKED, sqlstate="57014") from None

    def _release(self, *, commit: bool | None) -> None:
        """Let the next one write. `commit` is None after a statement outside a transaction."""
        session, self._writer = self._writer, None
        self._released.set()
        if session and commit is not None:
            session.begun = False
            session.stop(commit=commit)

    def _roll_back(self) -> None:
        """Roll back the writer's transaction and let the next session write.

        Logs DuckDB's errors and does not raise them: the caller acts for another session, or for one that is closed.
        """
        try:
            self._release(commit=False)
        except duckdb.Error:
            logger.exception("DuckDB did not roll back the transaction of a session that is silent or closed")


def _silent() -> ProgrammingError:
    return _rolled_back(f"its session was silent for {SILENT_SECONDS:g} s while others waited")


def _rolled_back(reason: str) -> ProgrammingError:
    return ProgrammingError(msg=f"the transaction was rolled back: {reason}", errno=ROLLED_BACK, sqlstate="25000")


class OpenSessions(dict[str, FakeSnowflakeConnection]):
    """The server's sessions by token; one that is deleted leaves no transaction behind."""

    def __init__(self, transactions: Transactions) -> None:
        super().__init__()
        self._transactions = transactions

    def __delitem__(self, token: str) -> None:
        self._transactions.close(self.pop(token))


async def query_request(request: Request) -> JSONResponse:
    """The server's answer; what it did not foresee is an error of the statement, which no client repeats."""
    answer = await fakesnow_server.query_request(request)
    if answer.status_code != INTERNAL_SERVER_ERROR:
        return answer
    data = {"errorCode": str(UNFORESEEN), "sqlState": "XX000"}
    message = "the local Snowflake failed; the reason is in its log, snowflake.log"
    return JSONResponse({"data": data, "code": str(UNFORESEEN), "message": message, "success": False})


def application(transactions: Transactions | None = None) -> Starlette:
    """fakesnow's server: its sessions write one after the other."""
    transactions = transactions or Transactions()
    fakesnow_server.run_in_threadpool = transactions.run  # type: ignore[assignment, attr-defined]
    fakesnow_server.sessions = OpenSessions(transactions)
    routes = fakesnow_server.app.router.routes
    routes.insert(0, Route("/queries/v1/query-request", query_request, methods=["POST"]))
    return fakesnow_server.app
