"""The ports of the local AWS: what to say when another program has one."""

from __future__ import annotations

import socket
from contextlib import closing, suppress

import psutil

from ops.console.errors import PortInUseError

HOST = "127.0.0.1"


def refuse_a_port_in_use(port: int, wanted_by: str, variable: str) -> None:
    """Raise if a program listens on the port; `variable` is the one that would choose another port."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.settimeout(1)
        if probe.connect_ex((HOST, port)) != 0:
            return
    raise PortInUseError(
        f"port {port} on {HOST} is in use by {_listener(port)}, and {wanted_by} wants it. "
        f"Stop that program, or choose another port: {variable}={port + 1} make local"
    )


def _listener(port: int) -> str:
    """Name the program on a port, as far as the system tells: only root is told of other users' programs."""
    with suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            here = connection.laddr and connection.laddr.port == port
            if here and connection.status == psutil.CONN_LISTEN and connection.pid:
                program = psutil.Process(connection.pid)
                return f"process {program.pid} ({' '.join(program.cmdline())[:120] or program.name()})"
    return "another program"
