"""The laptop's Postgres, for Dagster's storage: a wheel's server behind a TLS front, both detached, on 127.0.0.1.

    start() --spawns--> postgres               on a unix socket only; postgres/data holds all that it knows
       |                   ^
       +-----spawns--> tls_front --port N      TLS only, as at Supabase; the password is Postgres's to check

Each is found again by its command line and its working directory, so a start that was killed halfway, or a lost file,
leaves nothing behind that the next start or stop does not find.
"""

from __future__ import annotations

import re
import time
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

import filelock
import psycopg2  # type: ignore[import-untyped]

from local_aws import disk, ports, processes
from local_aws.config import HOST
from local_aws.errors import LocalAwsError, ServerDiedError
from local_aws.notice import notice
from local_aws.postgres import server as postgres_server
from local_aws.postgres import tls_front
from local_aws.processes import ProcessRecord, Server

FRONT = "local_aws.postgres.tls_front"
SECONDS_TO_ANSWER = 60
LOG_LINES_SHOWN = 15
# What a healthy Postgres answers for a while. Any other FATAL is about its data.
PASSING = re.compile(
    r"starting up|shutting down|recovery mode|not yet accepting|is not running|too many clients|connection slots"
)

# Why no Postgres runs on this machine just now, whatever its data.
OF_THE_MACHINE = re.compile(
    r"Permission denied|Cannot allocate memory|Too many open files|Input/output error|Resource temporarily unavailable"
)


@dataclass(frozen=True, kw_only=True)
class Postgres:
    """A Postgres that is up: user and database `postgres` at 127.0.0.1, with sslmode=require."""

    port: int
    server: ProcessRecord
    front: ProcessRecord
    was_started: bool = field(default=False, compare=False)  # either of the two, by this `start`


class _PasswordDiffersError(Exception):
    """The data directory was made with another password."""


class _CannotRunError(Exception):
    """The server refuses this data; `str()` of it is its reason."""


def start(directory: Path, port: int, password: str) -> Postgres:
    """Return the Postgres of this directory, started if it was not, once it answers to the password."""
    if not password:
        raise LocalAwsError("the local Postgres needs a password, and DAGSTER_PG_PASSWORD is empty")
    home = directory.resolve() / "postgres"
    home.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(home / "lock"):
        _refuse_another_port(home, port)
        server = postgres_server.find(home)
        if server and not postgres_server.is_whole(home, server):
            notice("Postgres runs without its lock or its socket: it starts again")
            postgres_server.stop(home)
        if not (home / "data").exists():
            if kept := sorted(home.glob("data.damaged-*")):
                notice(f"Postgres has no data, so it starts empty; data that an earlier start set aside: {kept[-1]}")
            return _start_empty(home, port, password)
        try:
            return _start_with_password(home, port, password)
        except (_CannotRunError, postgres_server.ProgramFailedError) as reason:
            if OF_THE_MACHINE.search(str(reason)):
                raise ServerDiedError(
                    "the local Postgres cannot run, for a reason of this machine. Its data stays in its place. "
                    f"Fix the reason, then run it again. {reason}"
                ) from reason
            return _start_beside(home, port, password, str(reason))


def running(directory: Path) -> Postgres | None:
    """Return the Postgres that was started from this directory, if it and its front are up."""
    home = directory.resolve() / "postgres"
    server, front = postgres_server.find(home), _front(home)
    if server is None or front is None:
        return None
    return Postgres(port=front.port, server=server, front=front.record)


def stop(directory: Path) -> bool:
    """Stop the Postgres of this directory and its front; False if neither was up. The data stays."""
    home = directory.resolve() / "postgres"
    # They may run on after their directory was deleted.
    with filelock.FileLock(home / "lock") if home.exists() else nullcontext():
        front_stopped = processes.stop(FRONT, home)
        return postgres_server.stop(home) or front_stopped


def _start_empty(home: Path, port: int, password: str) -> Postgres:
    postgres_server.initialize(home, password)
    try:
        return _bring_up(home, port, password)
    except (_CannotRunError, _PasswordDiffersError) as reason:
        raise ServerDiedError(f"the local Postgres ended while it started. {reason}") from reason


def _start_with_password(home: Path, port: int, password: str) -> Postgres:
    try:
        return _bring_up(home, port, password)
    except _PasswordDiffersError:
        # Asked for a new password, a running server would want to hear the old one.
        postgres_server.stop(home)
        postgres_server.set_password(home / "data", password)
    try:
        return _bring_up(home, port, password)
    except _PasswordDiffersError as error:
        raise _CannotRunError("It keeps no password.") from error


def _start_beside(home: Path, port: int, password: str, reason: str) -> Postgres:
    """Start on empty data. If that fails too, the data is not the cause, and is put back."""
    kept = postgres_server.set_aside(home)
    # Printed before the start: if that is killed, the next one may find the empty data whole, and nothing to print.
    fatal = [line.strip() for line in reason.splitlines() if "FATAL:" in line or "PANIC:" in line]
    notice(f"Postgres cannot run on its data, so it starts empty; the data, with Dagster's history, is kept in {kept}")
    notice(f"its reason: {fatal[0] if fatal else reason}")
    try:
        return _start_empty(home, port, password)
    except BaseException:
        postgres_server.put_back(home, kept)
        notice(f"Postgres did not start on empty data, so its data is put back: {home / 'data'}")
        raise


def _refuse_another_port(home: Path, port: int) -> None:
    front = _front(home)
    if front is None:
        ports.refuse_a_port_in_use(port, "the local Postgres", f"LOCAL_POSTGRES_PORT={port + 1} make local")
    elif front.port != port:
        raise LocalAwsError(
            f"the local Postgres is already up on port {front.port} (process {front.record.pid}), "
            f"and port {port} is asked for. Stop that one first: make local-down"
        )


class _Half:
    """The server or the front: found up, or started here once."""

    def __init__(self, log: Path, found: ProcessRecord | None) -> None:
        self.log = log
        self.process = found
        self.started_from: int | None = None  # where in its log

    def is_up(self) -> bool:
        return self.process is not None and self.process.process() is not None

    def printed(self) -> str:
        lines = self.log.read_bytes()[self.started_from or 0 :].decode(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
        return f"The end of {self.log}:\n" + ("\n".join(f"  {line}" for line in lines) or "  (nothing was written)")


def _bring_up(home: Path, port: int, password: str) -> Postgres:
    """Start what is not up of the two, and wait for an answer through both."""
    found = _front(home)
    server = _Half(home / "server.log", postgres_server.find(home))
    front = _Half(home / "front.log", found.record if found else None)
    deadline = time.monotonic() + SECONDS_TO_ANSWER
    while time.monotonic() < deadline:
        for half in (server, front):
            if half.is_up():
                continue
            # Found up, and ended since: it was being killed. Started here, and ended: it cannot run.
            if half.started_from is not None:
                raise _ended(half, home)
            half.started_from = half.log.stat().st_size if half.log.exists() else 0
            half.process = postgres_server.start(home) if half is server else _start_front(home, port)
        refusal = _refusal(home, port, password)
        if refusal is None:
            if postgres := running(home.parent):
                return replace(postgres, was_started=any(half.started_from is not None for half in (server, front)))
        elif "certificate" in refusal and front.started_from is None:
            notice("the certificate of Postgres is missing or damaged: its TLS front starts again with a new one")
            processes.stop(FRONT, home)
        elif "FATAL:" in refusal and not PASSING.search(refusal):
            disk.refuse_if_full(home, "the local Postgres", refusal)
            if server.started_from is not None:
                raise _CannotRunError(refusal)
            notice(f"Postgres starts again, since it answers: {refusal}")
            postgres_server.stop(home)
        time.sleep(0.02)
    raise ServerDiedError(
        f"the local Postgres did not answer on port {port} in {SECONDS_TO_ANSWER} seconds. "
        f"Stop it and start it again: make local-down local. {server.printed()}"
    )


def _ended(half: _Half, home: Path) -> Exception:
    disk.refuse_if_full(home, "the local Postgres", half.printed())
    code = half.process.exit_code() if half.process else None
    if half.log.name == "server.log" and code is not None and code > 0:
        return _CannotRunError(half.printed())
    return ServerDiedError(f"the local Postgres ended while it started. {half.printed()}")


def _start_front(home: Path, port: int) -> ProcessRecord:
    with (home / "front.log").open("ab") as log:
        return processes.spawn(processes.command(FRONT, "--port", str(port)), postgres_server.environment(), home, log)


def _front(home: Path) -> Server | None:
    """Return the front that is up."""
    found = processes.servers(FRONT, home)
    return found[0] if found else None


def _refusal(home: Path, port: int, password: str) -> str | None:
    """Why it does not answer; None if it does."""
    try:
        psycopg2.connect(
            host=HOST,
            port=port,
            dbname=postgres_server.DATABASE,
            user=postgres_server.USER,
            password=password,
            sslmode="verify-full",  # our own front, and no other program on this port
            sslrootcert=str(home / tls_front.CERTIFICATE),
            connect_timeout=5,
        ).close()
    except psycopg2.OperationalError as error:
        if "password authentication failed" in str(error):
            raise _PasswordDiffersError from None
        return str(error).strip()
    return None
