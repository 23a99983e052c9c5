"""The web server as it may answer: a sign-in in front, an error, nonsense, or nothing at all."""

import http.server
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from ops.aws.clients import is_loopback
from ops.console.finding import CannotLookError
from ops.dagster_api.deployment import default_url
from ops.dagster_api.web import Answer, NoAnswerError, Web, server_info
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
        return Web(self.url, through_proxy=False)


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
    assert served.web.server_info().location == f"{served.url}/sign-in"
    assert served.asked == ["/server_info"]


def test_graphql_behind_sign_in_cannot_be_looked_at_and_says_how_it_can(served: Served) -> None:
    served.status, served.location = 302, f"{served.url}/sign-in"
    with pytest.raises(CannotLookError, match=r"^GraphQL is behind sign-in \(302\)$") as refused:
        served.web.query("{ version }")
    assert refused.value.finding.status == "skipped"
    assert refused.value.finding.next.startswith("Look from within (status --within, validate)")


class Inside:
    """Stands for the task that asks from within."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.asked: list[str] = []

    def ask(self, path: str, body: str | None) -> Answer:
        self.asked.append(path if body is None else f"{path} {json.loads(body)['query']}")
        body = '{"dagster_version": "1.13.27"}' if path == "/server_info" else '{"data": {"version": "1.13"}}'
        return Answer(status=self.status, location="", body=body)


def with_inside(url: str, inside: Inside) -> Web:
    return Web(url, through_proxy=False, within=inside)  # type: ignore[arg-type]


def test_what_is_behind_sign_in_is_asked_from_within(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    served.status, served.location = 302, "https://t.auth0.com/authorize"
    inside = Inside()
    web = with_inside(served.url, inside)
    judged = server_info(web, "org/app/web", "t.auth0.com", ["0.0.0.0/0"])
    assert judged.status == "ok"
    assert judged.why == (
        f"{served.url} answers 302 to t.auth0.com, to sign in; "
        "asked from within, the web task answers 200, Dagster 1.13.27"
    )
    assert [web.query("{ one }"), web.query("{ two }")] == [{"version": "1.13"}] * 2
    assert inside.asked == ["/server_info", "/graphql { one }", "/graphql { two }"]
    assert len(served.asked) == 2  # /server_info, and the first query, which was sent to sign in
    assert capsys.readouterr().err.count("asks from within") == 1


def test_what_answered_from_here_is_not_asked_again_from_within(served: Served) -> None:
    """The silence of a web server that took a mutation and never answered: a second one would launch a second run."""
    served.body = '{"data": {}}'
    inside = Inside()
    web = with_inside(served.url, inside)
    web.query("{ version }")
    web._reached_at = "http://127.0.0.1:1"  # from one query to the next it falls silent
    with pytest.raises(NoAnswerError, match="does not answer"):
        web.query("mutation { launchRun }")
    assert inside.asked == []


def test_a_network_that_allowed_cidrs_shuts_out_is_not_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "https://dg.example.com"

    def shut(_path: str, _body: str | None) -> Answer:
        raise NoAnswerError(f"{url} does not answer: timed out")

    inside = Inside()
    web = with_inside(url, inside)
    monkeypatch.setattr(web, "_ask", shut)
    assert server_info(web, "org/app/web", None, ["0.0.0.0/0"]).status == "failed"
    judged = server_info(web, "org/app/web", None, ["203.0.113.0/24"])
    assert judged.status == "ok"
    assert judged.why == (
        f"{url} does not answer: timed out, and allowed_cidrs lets in 203.0.113.0/24 only; "
        "asked from within, the web task answers 200, Dagster 1.13.27"
    )
    assert web.query("{ one }") == {"version": "1.13"}


@pytest.mark.parametrize("status", [502, 503])
def test_a_web_task_that_is_not_well_behind_sign_in_is_a_failure(served: Served, status: int) -> None:
    served.status, served.location = 302, "https://t.auth0.com/authorize"
    judged = server_info(with_inside(served.url, Inside(status)), "org/app/web", "t.auth0.com", ["0.0.0.0/0"])
    assert judged.status == "failed"
    assert f"asked from within, the web task/server_info answers {status}" in judged.why


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
    judged = server_info(Web("http://127.0.0.1:1/", through_proxy=False), "org/app/web", None, ["0.0.0.0/0"])
    assert judged.status == "failed"
    assert re.fullmatch(r"http://127\.0\.0\.1:1 does not answer: \[Errno \d+\] Connection refused", judged.why)
    assert "On the laptop: make local." in judged.next


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
    assert Web(url, through_proxy=False).server_info().status == 200
    assert Web(f"{url}/below/", through_proxy=False).server_info().status == 200
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
