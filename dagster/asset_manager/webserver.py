"""`dagster-webserver`, with the same arguments, that refuses what another site's page makes a browser send.

The load balancer's rules refuse most of it before. Here the path and the query are decoded, so that no spelling passes,
and a websocket's Origin can be compared with the Host, which a listener rule cannot do: Chromium sends no
`Sec-Fetch-Site` when it opens one. A command such as curl sends no Origin, and passes.

Neither header helps against a site that points a DNS name of its own at this server (DNS rebinding): its pages are then
of the same origin. So the Host has to be an address, a name of this machine, or in the domain of SERVER_HOST.
"""

from __future__ import annotations

import os
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs, urlsplit

import dagster_webserver.app
from dagster_webserver.cli import main
from dagster_webserver.webserver import DagsterWebserver
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

READS = {"GET", "HEAD", "OPTIONS"}


def refusal(scope: Scope) -> str | None:
    """Why a request or a websocket is refused; None if it is served."""
    headers = Headers(scope=scope)
    if not is_own(headers.get("host", "")):
        return f"Refused: this server does not answer to Host {headers.get('host')}."
    is_read = scope["type"] == "http" and scope["method"] in READS
    origin = headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc != headers.get("host")
    if not is_read and (foreign or headers.get("sec-fetch-site") in {"cross-site", "same-site"}):
        return f"Refused: a request of another site's page, {origin}."
    asked = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    if scope["type"] == "http" and scope["path"].endswith("/graphql") and "query" in asked:
        return "Refused: a GraphQL query in a link. Send it as the JSON body of a POST."
    return None


def is_own(host: str) -> bool:
    """Whether a Host header names this server. A whole domain, so that a task of before serves a new host name too."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    own = urlsplit(os.environ.get("SERVER_HOST", "")).hostname or ""
    domain = own.partition(".")[2]
    in_domain = "." in domain and name.endswith(f".{domain}")
    return name in {own, "localhost"} - {""} or name.endswith(".localhost") or in_domain or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


class RefuseOtherSites:
    """Answers 403 to what is refused, before Dagster sees it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or websocket."""
        why = refusal(scope) if scope["type"] in {"http", "websocket"} else None
        if why is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})  # before it is accepted: the server answers 403
        else:
            await PlainTextResponse(why, status_code=403)(scope, receive, send)


class GuardedWebserver(DagsterWebserver[Any, Any]):
    """Dagster's web server behind RefuseOtherSites."""

    def build_middleware(self) -> list[Middleware]:
        """Dagster's own extension point."""
        return [Middleware(RefuseOtherSites), *super().build_middleware()]


if __name__ == "__main__":
    # The command creates the class of this name. tests/e2e/smoke/test_links.py checks that the guard is active.
    dagster_webserver.app.DagsterWebserver = GuardedWebserver  # type: ignore[attr-defined]
    main()  # type: ignore[no-untyped-call]
