"""Programs that outlive the command that started them: detached, and found again among the machine's processes.

A detached server runs `python -m MODULE ...` in its deployment's directory, so its command line and its working
directory say which one it is. No file records it: a record can be lost or damaged while its process runs on.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import psutil

# The clock may be set while a program runs, and Linux computes start times from it in whole seconds.
START_TIME_TOLERANCE_SECONDS = 2.0
SECONDS_TO_STOP = 5.0

# Popen warns when it is forgotten while its program runs; these run on purpose.
_spawned: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True, kw_only=True)
class ProcessRecord:
    """A process by its id and start time: another process may get the same id later."""

    pid: int
    started: float

    @classmethod
    def of(cls, process: psutil.Process) -> ProcessRecord:
        """The record of a process that runs."""
        return cls(pid=process.pid, started=process.create_time())

    def process(self) -> psutil.Process | None:
        """Return the process, or None if it has ended, even if another one has its id now."""
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) <= START_TIME_TOLERANCE_SECONDS
            if same and process.status() != psutil.STATUS_ZOMBIE:
                return process
        return None

    def exit_code(self) -> int | None:
        """The exit code if this Python started the process and it has ended; negative if a signal ended it."""
        return next((program.poll() for program in _spawned if program.pid == self.pid), None)

    def stop(self, seconds: float = SECONDS_TO_STOP) -> bool:
        """End the process: first by SIGTERM, after so many seconds by SIGKILL. False if it had ended by itself."""
        process = self.process()
        if process is not None:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
                if not self.ends_within(seconds):
                    process.kill()
                    self.ends_within(SECONDS_TO_STOP)
        for program in _spawned:
            if program.pid == self.pid:
                program.wait()
        return process is not None

    def ends_within(self, seconds: float) -> bool:
        """Wait until the process has ended; False if it still runs after that time."""
        # Not psutil's wait: that waits for init to collect the process, which a container's init may never do.
        deadline = time.monotonic() + seconds
        while self.process() is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


@dataclass(frozen=True, kw_only=True)
class Server:
    """A detached server that runs: what it was started with."""

    record: ProcessRecord
    arguments: Sequence[str]
    environ: Mapping[str, str] = field(repr=False)

    def option(self, name: str) -> str | None:
        """The value of a command-line option, such as `--port`."""
        words = list(self.arguments)
        return words[words.index(name) + 1] if name in words[:-1] else None

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.option("--port") or 0)


def command(module: str, *arguments: str) -> list[str]:
    """The command line of a detached server, by which `servers` finds it."""
    # -P: the working directory is no place to import from.
    return [sys.executable, "-P", "-m", module, *arguments]


def servers(module: str, directory: Path) -> list[Server]:
    """Every server of this module that runs in this directory: one, except after a start beside a lost one."""
    found = []
    for process in select(lambda process: _runs(process.cmdline(), module) and works_in(process, directory)):
        with suppress(psutil.Error):
            found.append(
                Server(record=ProcessRecord.of(process), arguments=process.cmdline(), environ=process.environ())
            )
    return found


def stop(module: str, directory: Path, seconds: float = SECONDS_TO_STOP) -> bool:
    """End every server of this module in this directory, each within so many seconds; False if there was none."""
    stopped = [server.record.stop(seconds) for server in servers(module, directory)]
    return any(stopped)


def select(wanted: Callable[[psutil.Process], bool]) -> list[psutil.Process]:
    """The processes that are wanted, without their wanted children.

    Between fork and exec a child has its parent's command line and working directory. Other users' processes,
    whose details the system hides, are left out.
    """
    found = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if wanted(process):
                found[process.pid] = process
    parents = {}
    for process in found.values():
        with suppress(psutil.Error):
            parents[process.pid] = process.ppid()
    return [found[pid] for pid, parent in parents.items() if parent not in found]


def works_in(process: psutil.Process, directory: Path) -> bool:
    """Whether this is its working directory, even if the directory was deleted since."""
    return Path(process.cwd()) == directory.resolve()


def _runs(arguments: Sequence[str], module: str) -> bool:
    return any(pair == ("-m", module) for pair in pairwise(arguments))


def spawn(command: Sequence[str], environment: Mapping[str, str], directory: Path, log: BinaryIO) -> ProcessRecord:
    """Start a program in a session of its own, so that Ctrl-C on `make` does not reach it."""
    program = subprocess.Popen(  # noqa: S603 -- the callers' commands are literals
        command,
        env=environment,
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    _spawned.append(program)
    # Until it is waited for, a program that ended at once is a zombie, which still has a start time.
    return ProcessRecord.of(psutil.Process(program.pid))
