"""The web server as it may answer: a sign-in in front, an error, nonsense, or nothing at all."""

import http.server
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from ops.local.environment import Ports, web_url
from ops.validation.report import CannotLookError
from ops.validation.web import NoAnswerError, Web, is_loopback, server_info


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
    assert "--url http://127.0.0.1:<port>" in refused.value.finding.next


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (500, "Internal Server Error", "{url}/graphql answered 500: Internal Server Error"),
        (200, "<html>", "{url}/graphql answered no JSON: <html>"),
        (200, '{"errors": [{"message": "Cannot query field x"}]}', "GraphQL: Cannot query field x"),
    ],
)
def test_an_answer_that_is_none_is_told(served: Served, status: int, body: str, message: str) -> None:
    served.status, served.body = status, body
    with pytest.raises(NoAnswerError) as refused:
        served.web.query("{ version }")
    assert str(refused.value) == message.format(url=served.url)


def test_a_web_server_that_is_not_there_is_a_failed_check_that_names_its_address() -> None:
    judged = server_info(Web("http://127.0.0.1:1/", through_proxy=False), "org/app/web", None)
    assert judged.status == "failed"
    assert re.fullmatch(r"http://127\.0\.0\.1:1 does not answer: \[Errno \d+\] Connection refused", judged.why)
    assert "On the laptop: make local." in judged.next


def test_a_proxy_of_the_shell_does_not_get_what_is_for_this_machine(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert served.web.server_info().status == 200


def test_a_laptops_environments_are_names_below_localhost_which_no_dns_is_asked_for(served: Served) -> None:
    port = int(served.url.rpartition(":")[2])
    ports = Ports(aws=1, web=port, postgres=2, snowflake=3)
    assert web_url("prod", ports) == served.url
    url = web_url("pr-7", ports)
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
