"""Snowflake's stand-in on the laptop: fakesnow's server as a process of its own. Its rows are in memory."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import time
from pathlib import Path

from ops.errors import EmulatorDiedError, OperatorError
from ops.local import disk, processes
from ops.local.ports import HOST, refuse_a_port_in_use

MODULE = "ops.local.snowflake"
SECONDS_TO_ANSWER = 60


def start(directory: Path, port: int) -> None:
    """Have it answer on the port; one that is up already stays."""
    found = running(directory)
    if found and found.port != port:
        raise OperatorError(
            f"the local Snowflake is already up on port {found.port} (process {found.record.pid}), "
            f"and port {port} is asked for. Stop that one first: make local-down"
        )
    if found:
        return
    refuse_a_port_in_use(port, "the local Snowflake", "LOCAL_SNOWFLAKE_PORT")
    environ = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "snowflake.log"
    with path.open("ab") as log:
        process = processes.spawn(processes.command(MODULE, "--port", str(port)), environ, directory, log)
    deadline = time.monotonic() + SECONDS_TO_ANSWER
    while process.process() and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.1)
    process.stop()
    disk.refuse_if_full(directory, "the local Snowflake", "")
    raise EmulatorDiedError(f"the local Snowflake did not start; its log is {path}.")


def running(directory: Path) -> processes.Server | None:
    """Return the one that was started from this directory, if it is up."""
    found = processes.servers(MODULE, directory)
    return found[0] if found else None


def stop(directory: Path) -> bool:
    """End it; False if it was not up."""
    return processes.stop(MODULE, directory)


def serve(port: int) -> None:
    """Be the local Snowflake, until the process is ended."""
    import fakesnow  # noqa: PLC0415  a second, and only the server needs it

    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with fakesnow.server(port=port):
        signal.pause()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m ops.local.snowflake", description=serve.__doc__)
    parser.add_argument("--port", type=int, required=True)
    serve(parser.parse_args().port)
