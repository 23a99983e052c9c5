"""The laptop's Postgres, for Dagster's storage: a wheel's server behind a TLS front, both detached, on 127.0.0.1.

    start() --spawns--> postgres               on a unix socket only; postgres/data holds all that it knows
       |                   ^
       +-----spawns--> tls_front --port N      TLS only, as at Supabase; the password is Postgres's to check

Each is found again by a record that it writes itself (data/postmaster.pid, front.json), so a start that was killed
halfway leaves nothing behind that the next start or stop does not know.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import filelock
import psycopg2  # type: ignore[import-untyped]

from ops.errors import EmulatorDiedError, OperatorError
from ops.local import ports, postgres_server, tls_front
from ops.local.processes import ProcessRecord, spawn

SECONDS_TO_ANSWER = 60
LOG_LINES_SHOWN = 15


@dataclass(frozen=True, kw_only=True)
class Postgres:
    """A Postgres that is up: user and database `postgres` at 127.0.0.1, with sslmode=require."""

    port: int
    server: ProcessRecord
    front: ProcessRecord


class _PasswordDiffersError(Exception):
    """The data directory was made with another password."""


def start(directory: Path, port: int, password: str) -> Postgres:
    """Return the Postgres of this directory, started if it was not, once it answers to the password."""
    if not password:
        raise OperatorError("the local Postgres needs a password, and DAGSTER_PG_PASSWORD is empty")
    home = directory.resolve() / "postgres"
    home.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(home / "lock"):
        _refuse_another_port(home, port)
        if not (home / "data" / "PG_VERSION").exists():
            postgres_server.initialize(home, password)
        try:
            return _bring_up(home, port, password)
        except _PasswordDiffersError:
            # Asked for a new password, a running server would want to hear the old one.
            postgres_server.stop(home)
            postgres_server.set_password(home / "data", password)
            return _bring_up(home, port, password)


def running(directory: Path) -> Postgres | None:
    """Return the Postgres that was started from this directory, if it and its front are up."""
    home = directory.resolve() / "postgres"
    server, front = postgres_server.find(home), _front(home)
    if server is None or front is None:
        return None
    return Postgres(port=front[1], server=server, front=front[0])


def stop(directory: Path) -> bool:
    """Stop the Postgres of this directory and its front; False if neither was up. The data stays."""
    home = directory.resolve() / "postgres"
    if not home.exists():
        return False
    with filelock.FileLock(home / "lock"):
        front = _front(home)
        front_stopped = front is not None and front[0].stop()
        (home / tls_front.RECORD).unlink(missing_ok=True)
        return postgres_server.stop(home) or front_stopped


def _refuse_another_port(home: Path, port: int) -> None:
    front = _front(home)
    if front is None:
        ports.refuse_a_port_in_use(port, "the local Postgres", "LOCAL_POSTGRES_PORT")
    elif front[1] != port:
        raise OperatorError(
            f"the local Postgres is already up on port {front[1]} (process {front[0].pid}), "
            f"and port {port} is asked for. Stop that one first: make local-down"
        )


def _bring_up(home: Path, port: int, password: str) -> Postgres:
    """Start what is not up of the two, and wait for an answer through both."""
    front = _front(home)
    up = {"server.log": postgres_server.find(home), "front.log": front and front[0]}
    starts = {"server.log": partial(postgres_server.start, home), "front.log": partial(_start_front, home, port)}
    deadline = time.monotonic() + SECONDS_TO_ANSWER
    while time.monotonic() < deadline:
        for log, process in up.items():
            if process and process.process():
                continue
            # Found up, and ended since: it was being killed. Started here, and ended: it cannot run.
            if log not in starts:
                raise EmulatorDiedError(f"the local Postgres ended while it started. {_end_of(home / log)}")
            up[log] = starts.pop(log)()
        if _answers(home, port, password) and (postgres := running(home.parent)):
            return postgres
        time.sleep(0.02)
    raise EmulatorDiedError(
        f"the local Postgres did not answer on port {port} in {SECONDS_TO_ANSWER} seconds. "
        f"Stop it and start it anew: make local-down local. {_end_of(home / 'server.log')}"
    )


def _start_front(home: Path, port: int) -> ProcessRecord:
    # -P: the working directory is no place to import from.
    command = [sys.executable, "-P", "-m", "ops.local.tls_front", "--directory", str(home), "--port", str(port)]
    with (home / "front.log").open("ab") as log:
        return spawn(command, postgres_server.environment(), home, log)


def _front(home: Path) -> tuple[ProcessRecord, int] | None:
    """Return the front that is up, and its port."""
    path = home / tls_front.RECORD
    try:
        known = json.loads(path.read_text())
        front, port = ProcessRecord(pid=known["pid"], started=known["started"]), int(known["port"])
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as error:
        raise OperatorError(
            f"{path} is not a record of a TLS front ({error!r}). Remove it: make local-reset"
        ) from error
    return (front, port) if front.process() else None


def _answers(home: Path, port: int, password: str) -> bool:
    try:
        psycopg2.connect(
            host=ports.HOST,
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
        return False
    return True


def _end_of(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
    return f"The end of {log}:\n" + ("\n".join(f"  {line}" for line in lines) or "  (nothing was written)")
