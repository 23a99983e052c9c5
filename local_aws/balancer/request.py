"""A request's head, as the load balancer's rules look at it. Pure: no moto, no network."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import h11

# Of one connection only; RFC 9110, 7.6.1. `Connection` is written again where it is needed.
HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "upgrade", "expect"}
# The load balancer's own word on who signed in: from a client it is none.
SIGNED_IN = "x-amzn-oidc-"

Headers = tuple[tuple[str, str], ...]


class UnreadableRequestError(Exception):
    """Two servers could read this request differently, so it goes on to none."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """Path and query as they were sent, percent-encoded; header names in lower case; `host` without its port."""

    method: str
    path: str
    query: str
    host: str
    headers: Headers

    def values(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for known, value in self.headers if known == name.lower()]

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def is_websocket(self) -> bool:
        """Whether the client wants to go on as a websocket."""
        return [value.lower() for value in self.values("upgrade")] == ["websocket"]


def parsed(event: h11.Request) -> Request:
    """The request of a head that h11 has read; raises UnreadableRequestError."""
    target = event.target.decode("latin-1")
    headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in event.headers)
    names = [name for name, _ in headers]
    if not target.startswith("/"):
        raise UnreadableRequestError("its target is no path")
    if {"content-length", "transfer-encoding"} <= set(names):
        raise UnreadableRequestError("it states its length twice")
    path, _, query = target.partition("?")
    host = next((value for name, value in headers if name == "host"), "")
    return Request(
        method=event.method.decode("ascii"),
        path=path,
        query=query,
        host=_without_port(host),
        headers=headers,
    )


def _without_port(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def forwarded(event: h11.Request, request: Request, more: Headers) -> h11.Request:
    """What goes on to a target: the same request, on a connection of its own."""
    kept = [
        (name, value)
        for name, value in event.headers.raw_items()
        if (lower := name.decode("latin-1").lower()) not in HOP_BY_HOP and not lower.startswith(SIGNED_IN)
    ]
    websocket = [("Connection", "Upgrade"), ("Upgrade", "websocket")]
    added = [*more, *(websocket if request.is_websocket else [("Connection", "close")])]
    return h11.Request(
        method=event.method,
        target=event.target,
        headers=[*kept, *((name.encode("latin-1"), value.encode("latin-1")) for name, value in added)],
    )
