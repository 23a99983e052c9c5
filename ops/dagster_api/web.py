"""Dagster's web server: /server_info, and GraphQL; from here, or from within where sign-in stands before it."""

from __future__ import annotations

import json
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.client import HTTPMessage
from typing import IO, TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from ops.checking.report import CannotLookError, Finding, failed, ok
from ops.console.errors import CommandLineError, OperatorError

if TYPE_CHECKING:
    from ops.dagster_api.within import Within

SECONDS_TO_ANSWER = 60  # the web server asks the code location, which may have to start
REDIRECTS = (301, 302, 303, 307, 308)
EVERYBODY = "0.0.0.0/0"
SIGN_IN = (401, 403, *REDIRECTS)
PAST_SIGN_IN = "Look from within (status --within, validate), or at a port that is forwarded to a web task (--url)."

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
    """The web server at an address such as https://dg.example.com; `within` is asked where that lets nobody in."""

    def __init__(self, url: str, *, through_proxy: bool, within: Within | None = None) -> None:
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
            raise CommandLineError(f"--url {url}: no address of a web server; allowed are http://... and https://...")
        self.url = url.rstrip("/")
        # Browsers know that a name below localhost is this machine, and the C library asks DNS for it.
        below = re.fullmatch(r"http://([^/:@]+\.localhost)((?::\d+)?)(.*)", self.url)
        self._reached_at = f"http://127.0.0.1{below[2]}{below[3]}" if below else self.url
        self._headers = {"Host": f"{below[1]}{below[2]}"} if below else {}
        proxies = () if through_proxy else (urllib.request.ProxyHandler({}),)
        self._opener = urllib.request.build_opener(_NoRedirect, *proxies)
        self._within = within
        self._way: Literal["here", "within"] | None = None

    def server_info(self) -> Answer:
        """GET /server_info from here; the target group's health check asks it too."""
        return self._ask("/server_info", None)

    def server_info_within(self) -> Answer | None:
        """The same from within; None where nobody is there to ask."""
        return self._within.ask("/server_info", None) if self._within else None

    def query(self, query: str, variables: Mapping[str, object] | None = None) -> Any:
        """The `data` of a GraphQL answer."""
        answer = self._graphql(json.dumps({"query": query, "variables": dict(variables or {})}))
        if answer.status != HTTPStatus.OK:
            raise NoAnswerError(f"{self.url}/graphql answered {answer.status}: {answer.body[:200]}")
        try:
            document: JSON = json.loads(answer.body)
        except ValueError:
            raise NoAnswerError(f"{self.url}/graphql answered no JSON: {answer.body[:200]}") from None
        if document.get("errors"):
            raise NoAnswerError(f"GraphQL: {document['errors'][0]['message']}")
        return document["data"]

    def _graphql(self, body: str) -> Answer:
        """From here, until that turns out to be no way; never by both, for a run would be launched twice."""
        if self._way != "within":
            try:
                answer = self._ask("/graphql", body)
            except NoAnswerError:
                if self._way == "here" or self._within is None or is_loopback(self.url):
                    raise
                why = "does not let this machine in"
            else:
                if answer.status not in SIGN_IN:
                    self._way = "here"
                    return answer
                why = f"is behind sign-in ({answer.status})"
            if self._within is None:
                raise CannotLookError(f"GraphQL {why}", PAST_SIGN_IN)
            self._way = "within"
            print(f"    GraphQL {why}: a task asks from within, a minute each time on Fargate", file=sys.stderr)
        assert self._within  # noqa: S101  there is no other way to this way
        return self._within.ask("/graphql", body)

    def _ask(self, path: str, body: str | None) -> Answer:
        headers = {**self._headers, **({"Content-Type": "application/json"} if body else {})}
        data = body.encode() if body else None
        request = urllib.request.Request(f"{self._reached_at}{path}", data=data, headers=headers)  # noqa: S310  checked
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


def server_info(web: Web, log_group: str, auth0_domain: str | None, allowed_cidrs: Collection[str]) -> Finding:
    """The web server answers; from within, where from here one is sent to sign in, or is not let in at all."""
    try:
        answer = web.server_info()
    except NoAnswerError as error:
        if EVERYBODY in allowed_cidrs or is_loopback(web.url):
            return failed(
                str(error),
                "Does the name resolve to the load balancer? Is a task of the web service running? On the laptop: "
                "make local.",
            )
        outside = f"{error}, and allowed_cidrs lets in {', '.join(allowed_cidrs)} only"
    else:
        if answer.status not in REDIRECTS or urlsplit(answer.location).hostname != auth0_domain:
            return judge_server_info(web.url, answer, log_group, auth0_domain)
        outside = f"{web.url} answers {answer.status} to {auth0_domain}, to sign in"
    try:
        within = web.server_info_within()
    except NoAnswerError as error:
        return failed(f"{outside}; {error}", f"The web server's log group is {log_group}.")
    if within is None:
        raise CannotLookError(f"{outside}; what is behind it is not seen", PAST_SIGN_IN)
    found = judge_server_info("the web task", within, log_group, auth0_domain)
    return replace(found, why=f"{outside}; asked from within, {found.why}")


def judge_server_info(url: str, answer: Answer, log_group: str, auth0_domain: str | None) -> Finding:
    """200 with Dagster's version."""
    if answer.status in REDIRECTS:
        to = urlsplit(answer.location).hostname or answer.location
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
