"""The web server as it may answer: a sign-in in front, an error, nonsense, or nothing at all."""

import http.server
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from ops.aws.clients import is_loopback
from ops.checking.deployed.server_info import asked
from ops.console.finding import Finding
from ops.dagster_api.deployment import default_url
from ops.dagster_api.transport import Answer, DirectOrTask, Http, NoAnswerError, Transport
from ops.dagster_api.web import Web
from settings.load import load


@dataclass
class Served:
    """A web server that always answers the same, and remembers what it was asked."""

    url: str = ""
    status: int = 200
    body: str = "{}"
    location: str = ""
    asked: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)

    @property
    def web(self) -> Web:
        """What asks it."""
        return Web.at(self.url)


@pytest.fixture
def served() -> Iterator[Served]:
    answers = Served()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            answers.asked.append(f"{self.path} {self.rfile.read(length).decode()}".strip())
            answers.hosts.append(self.headers["Host"])
            self.send_response(answers.status)
            self.send_header("Content-Length", str(len(answers.body)))
            if answers.location:
                self.send_header("Location", answers.location)
            self.end_headers()
            self.wfile.write(answers.body.encode())

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        answers.url = f"http://127.0.0.1:{server.server_port}"
        yield answers
        server.shutdown()
        thread.join()


def test_a_query_gives_its_data(served: Served) -> None:
    served.body = json.dumps({"data": {"version": "1.13"}})
    assert served.web.query("{ version }") == {"version": "1.13"}
    assert served.asked == ['/graphql {"query": "{ version }", "variables": {}}']


def test_a_redirect_is_an_answer_and_is_not_followed(served: Served) -> None:
    served.status, served.location = 302, f"{served.url}/sign-in"
    assert Http(served.url).send("/server_info", None).location == f"{served.url}/sign-in"
    assert served.asked == ["/server_info"]


class Inside:
    """Stands for the task that asks from within."""

    url = "the web task"

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.asked: list[str] = []

    def send(self, path: str, body: str | None) -> Answer:
        self.asked.append(path if body is None else f"{path} {json.loads(body)['query']}")
        body = '{"dagster_version": "1.13.27"}' if path == "/server_info" else '{"data": {"version": "1.13"}}'
        return Answer(status=self.status, location="", body=body)


def judged(direct: Transport, inside: Inside, auth0_domain: str | None, allowed_cidr: str = "0.0.0.0/0") -> Finding:
    return asked(Web(direct), Web(inside), "org/app/web", auth0_domain, [allowed_cidr])


def test_what_is_behind_sign_in_is_asked_from_within(served: Served) -> None:
    served.status, served.location = 302, "https://t.auth0.com/authorize"
    inside = Inside()
    found = judged(Http(served.url), inside, "t.auth0.com")
    assert found.status == "ok"
    assert found.why == (
        f"{served.url} answers 302 to t.auth0.com, to sign in; "
        "asked from within, the web task answers 200, Dagster 1.13.27"
    )
    web = Web(DirectOrTask(Http(served.url), inside))
    assert [web.query("{ one }"), web.query("{ two }")] == [{"version": "1.13"}] * 2
    assert inside.asked == ["/server_info", "/graphql { one }", "/graphql { two }"]
    assert len(served.asked) == 2  # /server_info, and the first query, which was sent to sign in


class Shut:
    """A load balancer that drops what comes from this network."""

    url = "https://dg.example.com"

    def send(self, _path: str, _body: str | None) -> Answer:
        raise NoAnswerError(f"{self.url} does not answer: timed out")


def test_a_network_that_allowed_cidrs_shuts_out_is_not_a_failure() -> None:
    inside = Inside()
    assert judged(Shut(), inside, None).status == "failed"
    found = judged(Shut(), inside, None, "203.0.113.0/24")
    assert found.status == "ok"
    assert found.why == (
        f"{Shut.url} does not answer: timed out, and allowed_cidrs lets in 203.0.113.0/24 only; "
        "asked from within, the web task answers 200, Dagster 1.13.27"
    )
    assert Web(DirectOrTask(Shut(), inside)).query("{ one }") == {"version": "1.13"}


@pytest.mark.parametrize("status", [502, 503])
def test_a_web_task_that_is_not_well_behind_sign_in_is_a_failure(served: Served, status: int) -> None:
    served.status, served.location = 302, "https://t.auth0.com/authorize"
    found = judged(Http(served.url), Inside(status), "t.auth0.com")
    assert found.status == "failed"
    assert f"asked from within, the web task/server_info answers {status}" in found.why


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (500, "Internal Server Error", "{url}/graphql answered 500: Internal Server Error"),
        (200, "<html>", "{url}/graphql answered no JSON: <html>"),
        (200, '{"errors": [{"message": "Cannot query field x"}]}', "GraphQL: Cannot query field x"),
    ],
)
def test_what_is_not_an_answer_is_reported(served: Served, status: int, body: str, message: str) -> None:
    served.status, served.body = status, body
    with pytest.raises(NoAnswerError) as refused:
        served.web.query("{ version }")
    assert str(refused.value) == message.format(url=served.url)


def test_a_web_server_that_is_not_there_is_a_failed_check_that_names_its_address() -> None:
    found = judged(Http("http://127.0.0.1:1/"), Inside(), None)
    assert found.status == "failed"
    assert re.fullmatch(r"http://127\.0\.0\.1:1 does not answer: \[Errno \d+\] Connection refused", found.why)
    assert "On the laptop: make local." in found.next


def test_a_proxy_of_the_shell_does_not_get_what_is_for_this_machine(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert served.web.server_info().status == 200


def test_a_laptops_environments_are_names_below_localhost_which_no_dns_is_asked_for(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(served.url.rpartition(":")[2])
    monkeypatch.setenv("LOCAL_WEB_PORT", str(port))
    prod, aws = load("prod"), "http://127.0.0.1:4566"
    assert default_url(prod, None) == "https://dg.leverslabs.com"
    assert default_url(prod, aws) == served.url
    url = default_url(prod.model_copy(update={"environment": "pr-7"}), aws)
    assert url == f"http://pr-7.localhost:{port}"
    assert Web.at(url).server_info().status == 200
    assert Web.at(f"{url}/below/").server_info().status == 200
    assert served.web.server_info().status == 200
    assert served.asked == ["/server_info", "/below/server_info", "/server_info"]
    assert served.hosts == [f"pr-7.localhost:{port}", f"pr-7.localhost:{port}", f"127.0.0.1:{port}"]


@pytest.mark.parametrize(
    ("url", "is_here"),
    [
        ("http://pr-7.localhost:3000", True),
        ("http://localhost", True),
        ("http://[::1]:3000", True),
        ("https://localhost.example.com", False),
        ("https://notlocalhost", False),
    ],
)
def test_what_is_on_this_machine(url: str, is_here: bool) -> None:
    assert is_loopback(url) == is_here
