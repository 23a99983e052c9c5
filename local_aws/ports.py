"""The refusal of a port on which another program listens."""

from __future__ import annotations

import socket
from contextlib import closing, suppress

import psutil

from local_aws.config import HOST
from local_aws.errors import PortInUseError


def refuse_a_port_in_use(port: int, wanted_by: str, choose_another: str) -> None:
    """Raise PortInUseError if a program listens on the port; the message says how to choose another one."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.settimeout(1)
        if probe.connect_ex((HOST, port)) != 0:
            return
    raise PortInUseError(
        f"port {port} on {HOST} is in use by {_listener(port)}, and {wanted_by} wants it. "
        f"Stop that program, or choose another port: {choose_another}"
    )


def _listener(port: int) -> str:
    """The program on a port; without root, the system does not name the programs of other users."""
    with suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            here = connection.laddr and connection.laddr.port == port
            if here and connection.status == psutil.CONN_LISTEN and connection.pid:
                program = psutil.Process(connection.pid)
                return f"process {program.pid} ({' '.join(program.cmdline())[:120] or program.name()})"
    return "another program"
