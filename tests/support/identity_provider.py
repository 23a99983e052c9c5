"""Stands in for Auth0: it lets everybody in, and checks what the load balancer shows it.

/authorize     sends the browser back with a code, for the known application and callback
/oauth/token   an access token for a code, once, and for the client secret
/userinfo      who it is, for the token
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

SUBJECT = "auth0|5f7c8ec7c33c6c004bbafe82"


@dataclass
class Application:
    """What the provider knows of its one application."""

    client_id: str
    client_secret: str
    callback: str
    codes: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)

    def authorize(self, asked: dict[str, str]) -> str | None:
        """Where the browser goes next; None if the provider refuses."""
        expected = {"client_id": self.client_id, "redirect_uri": self.callback, "response_type": "code"}
        if not expected.items() <= asked.items() or "openid" not in asked.get("scope", "").split():
            return None
        code = secrets.token_urlsafe(16)
        self.codes.add(code)
        return f"{self.callback}?{urlencode({'code': code, 'state': asked.get('state', '')})}"

    def token(self, asked: dict[str, str]) -> dict[str, str] | None:
        """Tokens for a code; None if the provider refuses."""
        code = asked.get("code", "")
        expected = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "redirect_uri": self.callback,
        }
        if code not in self.codes or not expected.items() <= asked.items():
            return None
        self.codes.remove(code)
        token = secrets.token_urlsafe(16)
        self.tokens.add(token)
        return {"access_token": token, "token_type": "Bearer"}


@contextmanager
def identity_provider(application: Application, port: int = 0) -> Iterator[int]:
    """Listen on 127.0.0.1, for as long as the context lasts; the port, which 0 leaves to the system."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(application))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(application: Application) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if url.path == "/authorize" and (to := application.authorize(_flat(url.query))):
                self._answer(302, b"", Location=to)
            elif url.path == "/userinfo" and self._bearer() in application.tokens:
                self._answer(200, json.dumps({"sub": SUBJECT}).encode())
            else:
                self._answer(401, b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            token = application.token(_flat(body)) if self.path == "/oauth/token" else None
            self._answer(200 if token else 401, json.dumps(token).encode())

        def _bearer(self) -> str:
            return self.headers.get("Authorization", "").removeprefix("Bearer ")

        def _answer(self, status: int, body: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
