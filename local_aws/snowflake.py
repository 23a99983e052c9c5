"""Snowflake's stand-in on the laptop: fakesnow's server as a process of its own. Its rows are in memory."""

from __future__ import annotations

import argparse
import os
import socket
import time
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from local_aws import disk, origins, processes
from local_aws.config import HOST
from local_aws.errors import LocalAwsError, ServerDiedError
from local_aws.ports import refuse_a_port_in_use

MODULE = "local_aws.snowflake"
SECONDS_TO_ANSWER = 60
SECONDS_TO_END = 2  # for statements under way; then their connections are closed

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Guarded:
    """An ASGI application that no page of another site reaches (local_aws/origins.py)."""

    def __init__(self, application: Callable[[Message, Receive, Send], Awaitable[None]]) -> None:
        self._application = application

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
            if reason := origins.refusal(headers):
                start = {"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]}
                await send(start)
                await send({"type": "http.response.body", "body": f"Refused: {reason}.\n".encode()})
                return
        await self._application(scope, receive, send)


def start(directory: Path, port: int) -> None:
    """Have it answer on the port; one that is up already stays."""
    found = running(directory)
    if found and found.port != port:
        raise LocalAwsError(
            f"the local Snowflake is already up on port {found.port} (process {found.record.pid}), "
            f"and port {port} is asked for. Stop that one first: make local-down"
        )
    if found:
        return
    refuse_a_port_in_use(port, "the local Snowflake", f"LOCAL_SNOWFLAKE_PORT={port + 1} make local")
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
    raise ServerDiedError(f"the local Snowflake did not start; its log is {path}.")


def running(directory: Path) -> processes.Server | None:
    """Return the one that was started from this directory, if it is up."""
    found = processes.servers(MODULE, directory)
    return found[0] if found else None


def stop(directory: Path) -> bool:
    """End it; False if it was not up."""
    return processes.stop(MODULE, directory)


def serve(port: int) -> None:
    """Be the local Snowflake, until the process is ended."""
    import uvicorn  # noqa: PLC0415  a second with fakesnow, and only the server needs them

    from local_aws import snowflake_transactions  # noqa: PLC0415

    application = Guarded(snowflake_transactions.application())
    uvicorn.run(application, host=HOST, port=port, timeout_graceful_shutdown=SECONDS_TO_END)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m local_aws.snowflake", description=serve.__doc__)
    parser.add_argument("--port", type=int, required=True)
    serve(parser.parse_args().port)
