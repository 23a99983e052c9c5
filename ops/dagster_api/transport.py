"""How a request reaches Dagster's web server: over HTTP, or by a one-off task where sign-in is in the way.

A transport is handed to `ops.dagster_api.web.Web`. One more is a class with `url` and `send`.
"""

from __future__ import annotations

import re
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPMessage
from typing import IO, Literal, Protocol
from urllib.parse import urlsplit

from ops.aws.clients import is_loopback
from ops.console.errors import CommandLineError
from ops.console.finding import CannotLookError

SECONDS_TO_ANSWER = 60  # the web server asks the code location, which may have to start
REDIRECTS = (301, 302, 303, 307, 308)
SIGN_IN = (401, 403, *REDIRECTS)
PAST_SIGN_IN = "Look from within (status --within, validate), or forward a port to a web task and pass --url."


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An HTTP response; `location` is empty where the response has no such header."""

    status: int
    location: str
    body: str


class NoAnswerError(Exception):
    """The web server did not give what was asked for; `str()` of it is the reason."""


class Transport(Protocol):
    """Sends one request to a web server, which messages call `url`."""

    @property
    def url(self) -> str: ...

    def send(self, path: str, body: str | None) -> Answer:
        """GET the path, or POST the body to it; raises NoAnswerError."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer: it leads to a sign-in, as a rule."""

    def redirect_request(  # noqa: PLR0917
        self,
        req: urllib.request.Request,  # noqa: ARG002  urllib's signature
        fp: IO[bytes],  # noqa: ARG002
        code: int,  # noqa: ARG002
        msg: str,  # noqa: ARG002
        headers: HTTPMessage,  # noqa: ARG002
        newurl: str,  # noqa: ARG002
    ) -> None:
        """Follow nothing."""
        return


class Http:
    """From this machine, to an address such as https://dg.example.com; no proxy for an address on this machine."""

    def __init__(self, url: str) -> None:
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
            raise CommandLineError(f"--url {url}: no address of a web server; allowed are http://... and https://...")
        self.url = url.rstrip("/")
        # Browsers take a name below localhost for this machine; the C library asks DNS for it.
        below = re.fullmatch(r"http://([^/:@]+\.localhost)((?::\d+)?)(.*)", self.url)
        self._reached_at = f"http://127.0.0.1{below[2]}{below[3]}" if below else self.url
        self._headers = {"Host": f"{below[1]}{below[2]}"} if below else {}
        proxies = (urllib.request.ProxyHandler({}),) if is_loopback(url) else ()
        self._opener = urllib.request.build_opener(_NoRedirect, *proxies)

    def send(self, path: str, body: str | None) -> Answer:
        headers = {**self._headers, **({"Content-Type": "application/json"} if body else {})}
        data = body.encode() if body else None
        request = urllib.request.Request(f"{self._reached_at}{path}", data=data, headers=headers)  # noqa: S310  checked
        try:
            with self._opener.open(request, timeout=SECONDS_TO_ANSWER) as answer:
                return Answer(status=answer.status, location="", body=answer.read().decode(errors="replace"))
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode(errors="replace")
            return Answer(status=error.code, location=error.headers.get("Location", ""), body=text)
        except (TimeoutError, urllib.error.URLError, OSError) as error:
            reason = getattr(error, "reason", None) or error
            raise NoAnswerError(f"{self.url} does not answer: {reason}") from error


class DirectOrTask:
    """The direct transport, until sign-in turns out to be in the way; from then on the task, if there is one.

    A request that the direct transport may have delivered never goes to the task: it would launch a second run.
    """

    def __init__(self, direct: Transport, task: Transport | None) -> None:
        self.url = direct.url
        self._direct, self._task = direct, task
        self._way: Literal["direct", "task"] | None = None

    def send(self, path: str, body: str | None) -> Answer:
        if self._way != "task":
            try:
                answer = self._direct.send(path, body)
            except NoAnswerError:
                if self._way == "direct" or self._task is None or is_loopback(self.url):
                    raise
                why = "does not let this machine in"
            else:
                if answer.status not in SIGN_IN:
                    self._way = "direct"
                    return answer
                why = f"is behind sign-in ({answer.status})"
            if self._task is None:
                raise CannotLookError(f"GraphQL {why}", PAST_SIGN_IN)
            self._way = "task"
            print(f"    GraphQL {why}: a task asks from within, a minute each time on Fargate", file=sys.stderr)
        assert self._task  # noqa: S101  `_way` is "task" only where there is one
        return self._task.send(path, body)
