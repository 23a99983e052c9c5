"""Programs that outlive the command that started them: detached, and found again by a record."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
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
    """A process by its id and start time: an id alone may have passed on to a stranger."""

    pid: int
    started: float

    def process(self) -> psutil.Process | None:
        """Return the process, or None if it has ended, even if another one has its id now."""
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) <= START_TIME_TOLERANCE_SECONDS
            if same and process.status() != psutil.STATUS_ZOMBIE:
                return process
        return None

    def stop(self) -> bool:
        """End the process: asked first, then killed. False if it had ended by itself."""
        process = self.process()
        if process is not None:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
                if not self._ends_within(SECONDS_TO_STOP):
                    process.kill()
                    self._ends_within(SECONDS_TO_STOP)
        for program in _spawned:
            if program.pid == self.pid:
                program.wait()
        return process is not None

    def _ends_within(self, seconds: float) -> bool:
        # Not psutil's wait: that waits for init to collect the process, which a container's init may never do.
        deadline = time.monotonic() + seconds
        while self.process() is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


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
    # Until it is waited for, a program that ended at once is a zombie, and still tells when it started.
    return ProcessRecord(pid=program.pid, started=psutil.Process(program.pid).create_time())


def write_atomically(path: Path, record: Mapping[str, object]) -> None:
    """Write a record as JSON, whole or not at all; only its owner can read it."""
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(record) + "\n")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
