"""Snowflake's stand-in on the laptop: fakesnow's server as a process of its own. Its rows are in memory."""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import sys
import time
from dataclasses import asdict
from pathlib import Path

from ops.errors import EmulatorDiedError
from ops.local.ports import HOST, refuse_a_port_in_use
from ops.local.processes import ProcessRecord, spawn, write_atomically

SECONDS_TO_ANSWER = 60


def start(directory: Path, port: int) -> None:
    """Have it answer on the port; one that is up already stays."""
    if _running(directory):
        return
    refuse_a_port_in_use(port, "the local Snowflake", "LOCAL_SNOWFLAKE_PORT")
    environ = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "snowflake.log").open("ab") as log:
        command = [sys.executable, "-P", "-m", "ops.local.snowflake", "--port", str(port)]
        process = spawn(command, environ, directory, log)
    write_atomically(directory / "snowflake.json", asdict(process))
    deadline = time.monotonic() + SECONDS_TO_ANSWER
    while process.process() and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.1)
    process.stop()
    raise EmulatorDiedError(f"the local Snowflake did not start; its log is {directory / 'snowflake.log'}.")


def stop(directory: Path) -> bool:
    """End it; False if it was not up."""
    found = _running(directory)
    (directory / "snowflake.json").unlink(missing_ok=True)
    return found is not None and found.stop()


def _running(directory: Path) -> ProcessRecord | None:
    try:
        found = ProcessRecord(**json.loads((directory / "snowflake.json").read_text()))
    except FileNotFoundError:
        return None
    return found if found.process() else None


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
