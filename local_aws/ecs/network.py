"""An address for each task, as awsvpc gives one: docs/decisions/0006-a-task-has-its-own-loopback-address.md."""

from __future__ import annotations

import re
import secrets
import socket
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass

SHARED = "127.0.0.1"
ADDRESSES = 2**22  # 127.64.0.0/10
EVERY_INTERFACE = re.compile(r"(?<![\d.])0\.0\.0\.0(?![\d./])")


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A task's address, and at which port of it each container port is reached."""

    address: str
    ports: Mapping[int, int]

    def localized(self, arguments: Sequence[str]) -> list[str]:
        """The arguments with "every interface" meaning this task's one; of a task without ports, just as they are."""
        return [self._localized(argument) for argument in arguments] if self.ports else list(arguments)

    def _localized(self, argument: str) -> str:
        argument = EVERY_INTERFACE.sub(self.address, argument)
        for wanted, given in self.ports.items():
            if given != wanted:
                argument = re.sub(rf"(^|[=:]){wanted}$", rf"\g<1>{given}", argument)
        return argument


def has_many_addresses() -> bool:
    """Whether all of 127.0.0.0/8 is this machine, as on Linux; macOS has 127.0.0.1 by default."""
    return _can_listen("127.64.0.1", 0)


def place(container_ports: Sequence[int], *, many_addresses: bool) -> Placement:
    """Find an address where the ports are free; where there is but one address, find free ports instead."""
    if not many_addresses:
        return Placement(address=SHARED, ports={port: _free_port() for port in container_ports})
    while True:
        # At random, because another local AWS may be placing its own tasks in the same range.
        number = (127 << 24) + (64 << 16) + 1 + secrets.randbelow(ADDRESSES - 2)
        address = socket.inet_ntoa(number.to_bytes(4, "big"))
        if all(_can_listen(address, port) for port in container_ports):
            return Placement(address=address, ports={port: port for port in container_ports})


def _can_listen(address: str, port: int) -> bool:
    with suppress(OSError), closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((address, port))
        return True
    return False


def _free_port() -> int:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.bind((SHARED, 0))
        return int(probe.getsockname()[1])
