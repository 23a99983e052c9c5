"""Dagster's web server: /server_info, and GraphQL."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPMessage
from typing import IO, Any
from urllib.parse import urlsplit

from ops.errors import OperatorError
from ops.validation.report import CannotLookError, Finding, failed, ok

SECONDS_TO_ANSWER = 60  # the web server asks the code location, which may have to start
REDIRECTS = (301, 302, 303, 307, 308)
SIGN_IN = (401, 403, *REDIRECTS)
PAST_SIGN_IN = (
    "Reach a web task past the load balancer (a port forwarded into the VPC to port 3000 of the task's address) and "
    "give --url http://127.0.0.1:<port>."
)

JSON = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back over HTTP."""

    status: int
    location: str
    body: str


def is_loopback(url: str) -> bool:
    """Whether it is on this machine, as every name below localhost is (RFC 6761)."""
    host = urlsplit(url).hostname or ""
    return host in {"127.0.0.1", "localhost", "::1"} or host.endswith(".localhost")


class NoAnswerError(Exception):
    """GraphQL did not give what was asked; `str()` of it says why."""


@contextmanager
def no_answer_is_an_error(environment: str) -> Iterator[None]:
    """Of a verb that can do nothing without an answer: the operator is told what to look at."""
    try:
        yield
    except NoAnswerError as error:
        told = " ".join(str(error).split())
        raise OperatorError(f"{told}. Look with: asset-manager validate -e {environment}") from error
    except CannotLookError as error:
        raise OperatorError(f"{error}. {error.finding.next}") from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer: to a sign-in, as a rule."""

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


class Web:
    """The web server at an address such as https://dg.example.com."""

    def __init__(self, url: str, *, through_proxy: bool) -> None:
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
            raise OperatorError(f"--url {url}: no address of a web server; allowed are http://... and https://...")
        self.url = url.rstrip("/")
        # Browsers know that a name below localhost is this machine, and the C library asks DNS for it.
        below = re.fullmatch(r"http://([^/:@]+\.localhost)((?::\d+)?)(.*)", self.url)
        self._reached_at = f"http://127.0.0.1{below[2]}{below[3]}" if below else self.url
        self._headers = {"Host": f"{below[1]}{below[2]}"} if below else {}
        proxies = () if through_proxy else (urllib.request.ProxyHandler({}),)
        self._opener = urllib.request.build_opener(_NoRedirect, *proxies)

    def server_info(self) -> Answer:
        """GET /server_info, which the target group's health check asks too."""
        return self._ask("/server_info", None)

    def query(self, query: str, variables: Mapping[str, object] | None = None) -> Any:
        """The `data` of a GraphQL answer."""
        body = json.dumps({"query": query, "variables": dict(variables or {})}).encode()
        answer = self._ask("/graphql", body)
        if answer.status in SIGN_IN:
            raise CannotLookError(
                f"GraphQL is behind sign-in ({answer.status})",
                PAST_SIGN_IN,
            )
        if answer.status != HTTPStatus.OK:
            raise NoAnswerError(f"{self.url}/graphql answered {answer.status}: {answer.body[:200]}")
        try:
            document: JSON = json.loads(answer.body)
        except ValueError:
            raise NoAnswerError(f"{self.url}/graphql answered no JSON: {answer.body[:200]}") from None
        if document.get("errors"):
            raise NoAnswerError(f"GraphQL: {document['errors'][0]['message']}")
        return document["data"]

    def _ask(self, path: str, body: bytes | None) -> Answer:
        headers = {**self._headers, **({"Content-Type": "application/json"} if body else {})}
        request = urllib.request.Request(f"{self._reached_at}{path}", data=body, headers=headers)  # noqa: S310  checked
        try:
            with self._opener.open(request, timeout=SECONDS_TO_ANSWER) as answer:
                return Answer(status=answer.status, location="", body=answer.read().decode(errors="replace"))
        except urllib.error.HTTPError as error:
            with error:
                said = error.read().decode(errors="replace")
            return Answer(status=error.code, location=error.headers.get("Location", ""), body=said)
        except (TimeoutError, urllib.error.URLError, OSError) as error:
            reason = getattr(error, "reason", None) or error
            raise NoAnswerError(f"{self.url} does not answer: {reason}") from error


def server_info(web: Web, log_group: str, auth0_domain: str | None) -> Finding:
    """The web server answers."""
    try:
        answer = web.server_info()
    except NoAnswerError as error:
        return failed(
            str(error),
            "Does the name resolve to the load balancer, and may this machine's address reach it (allowed_cidrs in the "
            "environment file)? Is a task of the web service running? On the laptop: make local.",
        )
    return judge_server_info(web.url, answer, log_group, auth0_domain)


def judge_server_info(url: str, answer: Answer, log_group: str, auth0_domain: str | None) -> Finding:
    """200 with Dagster's version; where sign-in stands in front of it, neither good nor bad is known."""
    if answer.status in REDIRECTS:
        to = urlsplit(answer.location).hostname or answer.location
        if to == auth0_domain:
            raise CannotLookError(
                f"{url} answers {answer.status} to {to}: sign-in works so far, and what is behind it is not seen",
                PAST_SIGN_IN,
            )
        expected = f"sign-in is at {auth0_domain}" if auth0_domain else "there is no sign-in"
        return failed(
            f"{url}/server_info answers {answer.status} to {to}, and {expected}",
            "Something else is in front of the web server, or the listener rule was changed: see `sign-in`.",
        )
    if answer.status != HTTPStatus.OK:
        advice = {
            401: f"Something in front of the web server asks who you are. {PAST_SIGN_IN}",
            403: f"Something in front of the web server refuses this machine. {PAST_SIGN_IN}",
            404: "The load balancer's listener rule for this host is missing: deploy again (make deploy).",
            502: f"The web task answers no HTTP: its log group is {log_group}.",
            503: f"No healthy target is behind the load balancer: see `target health`, and the log group {log_group}.",
            504: "The target does not answer in time: the services' security group must let the ALB in.",
        }.get(answer.status, f"The web server's log group is {log_group}.")
        return failed(f"{url}/server_info answers {answer.status}: {' '.join(answer.body.split())[:120]}", advice)
    try:
        version = json.loads(answer.body)["dagster_version"]
    except (ValueError, KeyError, TypeError):
        return failed(
            f"{url}/server_info answers 200, but it is no Dagster: {' '.join(answer.body.split())[:120]}",
            "Another program is at this address: give the right one with --url.",
        )
    return ok(f"{url} answers 200, Dagster {version}")
