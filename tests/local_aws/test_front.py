"""The local load balancer's connections: each request of one is judged, and a target gets what was judged."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pytest

from local_aws.balancer.front import Front
from local_aws.balancer.listener import Rule
from local_aws.balancer.targets import Targets
from tests.support.ports import free_port

from .local_ecs import until

JSON = dict[str, Any]
GROUP = "arn:aws:elasticloadbalancing:us-west-1:444455556666:targetgroup/web/1"
HOST = {"Field": "host-header", "HostHeaderConfig": {"Values": ["dg.example.com"]}}
GRAPHQL = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/graphql"]}}
REFUSE = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "403", "MessageBody": "no"}}
LISTENER = [
    Rule(conditions=[HOST, GRAPHQL], actions=[REFUSE]),
    Rule(conditions=[HOST], actions=[{"Type": "forward", "TargetGroupArn": GROUP}]),
    Rule(conditions=(), actions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]),
]
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@dataclass
class Server:
    """A target: answers each connection with the next of its answers, and keeps what came in on it."""

    listening: socket.socket
    answers: list[bytes] = field(default_factory=list)
    came: list[bytes] = field(default_factory=list)

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            with closing(connection):
                connection.settimeout(10)
                came = bytearray()
                while not whole(came):
                    came += connection.recv(65536)
                answer = self.answers.pop(0) if self.answers else HELLO
                connection.sendall(answer)
                if b" 101 " not in answer:
                    connection.shutdown(socket.SHUT_WR)
                while chunk := connection.recv(65536):  # until the load balancer hangs up
                    came += chunk
                self.came.append(bytes(came))


def whole(came: bytearray) -> bool:
    head, end, body = came.partition(b"\r\n\r\n")
    stated = re.search(rb"^Content-Length: (\d+)", head, re.MULTILINE)
    return bool(end) and (stated is None or len(body) >= int(stated[1]))


@dataclass
class Balancer:
    port: int
    server: Server

    def connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        connection.settimeout(10)
        return connection

    def ask(self, sent: bytes) -> bytes:
        """All that comes back on one connection, until it is closed."""
        with closing(self.connect()) as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            answer = bytearray()
            while chunk := connection.recv(65536):
                answer += chunk
            return bytes(answer)

    def arrived(self, connections: int = 1) -> list[bytes]:
        """What the target got on each of its connections."""
        return until(lambda: list(self.server.came), lambda came: len(came) == connections)


@pytest.fixture
def balancer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Balancer]:
    monkeypatch.setattr("local_aws.balancer.front.deployed", lambda: [LISTENER])
    monkeypatch.setattr("local_aws.balancer.front.groups_of", lambda name: [GROUP] if name == "prod" else [])
    monkeypatch.setattr("local_aws.balancer.front.is_certified", lambda host: host in {"dg.example.com", "other.com"})
    monkeypatch.setattr("local_aws.balancer.checks.due", lambda *_: None)
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        server = Server(listening)
        thread = threading.Thread(target=server.serve, daemon=True)
        thread.start()
        targets = Targets(speed=1)
        targets.register(GROUP, "127.0.0.1", listening.getsockname()[1]).state = "healthy"
        port = free_port()
        front = Front(targets, port, "prod")
        front.start()
        yield Balancer(port, server)
        front.end()
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=10)


def get(path: str, host: str = "dg.example.com", *more: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", f"Host: {host}", *more, "", ""]).encode()


def post(path: str, body: bytes, *more: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: dg.example.com", *more, "", ""]).encode() + body


def count(answer: bytes, status: bytes) -> int:
    return answer.count(b"HTTP/1.1 " + status + b" ")


@pytest.mark.parametrize(
    ("host", "path", "status"),
    [
        ("dg.example.com", "/", b"200"),
        ("dg.example.com", "/graphql", b"403"),
        ("other.com", "/", b"404"),
        ("127.0.0.1:3000", "/", b"200"),
        ("localhost", "/graphql", b"403"),  # the laptop's own door has the rules of prod's host
        ("pr-7.localhost", "/graphql", b"503"),  # of an environment that is not deployed
    ],
)
def test_a_request_is_answered_as_the_rules_say(balancer: Balancer, host: str, path: str, status: bytes) -> None:
    assert count(balancer.ask(get(path, host)), status) == 1


@pytest.mark.parametrize(
    ("host", "more", "status"),
    [
        ("evil.example:3000", (), b"403"),  # DNS rebinding
        ("127.0.0.1:3000", ("Origin: https://evil.example",), b"403"),
        ("127.0.0.1:3000", ("Sec-Fetch-Site: cross-site",), b"403"),
        ("localhost:3000", ("Sec-Fetch-Site: same-site",), b"403"),
        ("127.0.0.1:3000", ("Origin: http://127.0.0.1:3000", "Sec-Fetch-Site: same-origin"), b"200"),  # its own page
        ("dg.example.com", ("Sec-Fetch-Site: cross-site",), b"200"),  # the deployed rules decide
    ],
)
def test_by_the_laptops_names_no_page_of_another_site_reaches_a_target(
    balancer: Balancer, host: str, more: tuple[str, ...], status: bytes
) -> None:
    assert count(balancer.ask(get("/", host, *more)), status) == 1
    assert len(balancer.arrived(status == b"200")) == (status == b"200")


def test_the_second_request_of_a_connection_is_judged_too(balancer: Balancer) -> None:
    answer = balancer.ask(get("/") + get("/graphql") + get("/", "other.com") + get("/"))
    assert [count(answer, status) for status in (b"200", b"403", b"404")] == [2, 1, 1]
    assert [came.split(b"\r\n")[0] for came in balancer.arrived(2)] == [b"GET / HTTP/1.1"] * 2


def test_a_body_is_handed_on_to_its_end_and_what_follows_is_another_request(balancer: Balancer) -> None:
    answer = balancer.ask(post("/", b"12345", "Content-Length: 5") + get("/graphql"))
    assert [count(answer, status) for status in (b"200", b"403")] == [1, 1]
    (came,) = balancer.arrived()
    assert came.endswith(b"\r\n\r\n12345")


def test_a_chunked_body_is_handed_on(balancer: Balancer) -> None:
    answer = balancer.ask(post("/", b"3\r\nabc\r\n0\r\n\r\n", "Transfer-Encoding: chunked") + get("/graphql"))
    assert [count(answer, status) for status in (b"200", b"403")] == [1, 1]
    (came,) = balancer.arrived()
    assert came.endswith(b"3\r\nabc\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    "sent",
    [
        post("/", b"0\r\n\r\nGET /graphql HTTP/1.1\r\n", "Content-Length: 30", "Transfer-Encoding: chunked"),
        get("http://dg.example.com/graphql"),
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: dg.example.com\r\nHost: other.com\r\n\r\n",
        b"no HTTP at all\r\n\r\n",
    ],
)
def test_what_two_servers_could_read_differently_reaches_none(balancer: Balancer, sent: bytes) -> None:
    assert count(balancer.ask(sent), b"400") == 1
    assert balancer.server.came == []


def test_a_client_that_waits_for_100_gets_it_and_its_body_goes_on(balancer: Balancer) -> None:
    with closing(balancer.connect()) as connection:
        connection.sendall(post("/", b"", "Content-Length: 2", "Expect: 100-continue"))
        assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"ab")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
    (came,) = balancer.arrived()
    assert came.endswith(b"\r\n\r\nab")
    assert b"Expect" not in came


def test_an_answer_without_a_length_goes_back_whole_and_the_connection_stays(balancer: Balancer) -> None:
    balancer.server.answers = [b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello"]
    answer = balancer.ask(get("/") + get("/graphql"))
    assert b"5\r\nhello\r\n0\r\n\r\n" in answer
    assert count(answer, b"403") == 1


def test_a_target_that_hangs_up_is_a_bad_gateway(balancer: Balancer) -> None:
    balancer.server.answers = [b"HTTP/1.1 200"]
    assert count(balancer.ask(get("/")), b"502") == 1


def test_a_websocket_belongs_to_both_sides_after_the_101(balancer: Balancer) -> None:
    switched = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nfrom the server"
    balancer.server.answers = [switched]
    upgrade = ("Connection: keep-alive, Upgrade", "Upgrade: websocket")
    answer = balancer.ask(get("/", "dg.example.com", *upgrade) + b"from the client")
    assert count(answer, b"101") == 1
    assert answer.endswith(b"from the server")
    (came,) = balancer.arrived()
    assert came.endswith(b"from the client")


def test_a_websocket_that_is_refused_leaves_the_connection_to_http(balancer: Balancer) -> None:
    upgrade = ("Connection: Upgrade", "Upgrade: websocket")
    answer = balancer.ask(get("/", "dg.example.com", *upgrade) + get("/graphql"))
    assert [count(answer, status) for status in (b"200", b"403", b"101")] == [1, 1, 0]
