"""Ports that no other test takes, in whatever session, and no outgoing connection gets."""

import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import closing
from itertools import cycle
from pathlib import Path
from typing import IO

# Below what Linux and macOS give to outgoing connections: a saved deployment finds its ports free again.
RANGE = range(15_000, 32_000)
_candidates: Iterator[int] = cycle([*RANGE[os.getpid() * 7 % len(RANGE) :], *RANGE[: os.getpid() * 7 % len(RANGE)]])
_locks: list[IO[str]] = []  # held until this process ends


def free_ports(count: int) -> list[int]:
    """Ports of this process, on which nobody listens just now."""
    return [free_port() for _ in range(count)]


def free_port() -> int:
    """The next one."""
    folder = Path(tempfile.gettempdir()) / f"asset-manager-test-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    while True:
        port = next(_candidates)
        lock = (folder / str(port)).open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        with closing(socket.socket()) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                lock.close()
                continue
        _locks.append(lock)
        return port
