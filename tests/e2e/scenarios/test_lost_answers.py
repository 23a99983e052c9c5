"""Each kind of call that changes something loses its answer once, and Terraform gets to its end all the same.

Between Terraform and a local AWS of its own is a proxy: a call reaches the local AWS, its answer is dropped, and the
connection is closed. Terraform's SDK then sends the call again.
"""

from __future__ import annotations

import http.client
import http.server
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from local_aws import emulator
from local_aws.config import HOST
from local_aws.variables import aws as client_variables
from ops.local import environment, prerequisites
from ops.local.environment import Ports
from ops.terraform import toolchain
from ops.terraform.project import synthesize
from ops.terraform.run import Terraform
from settings.load import load
from settings.names import STACKS
from tests.support.local_config import config_in
from tests.support.ports import free_ports
from tests.support.repository import ROOT

READS = ("Get", "Describe", "List", "Head", "BatchGet", "Lookup", "Filter")


@dataclass
class Lossy:
    """Which calls have lost their answer, each kind once."""

    upstream: int
    lost: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def loses(self, kind: str | None) -> bool:
        """Whether this call is the first of its kind."""
        with self.lock:
            if kind is None or kind in self.lost:
                return False
            self.lost.add(kind)
            return True


def kind_of(method: str, path: str, headers: Message, body: bytes) -> str | None:
    """The operation, and of a REST API the method and what of the resource it is about; None for one that reads."""
    if target := headers.get("X-Amz-Target"):
        operation = target.rpartition(".")[2]
    elif headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
        operation = parse_qs(body.decode())["Action"][0]
    else:
        url = urlsplit(path)
        depth = len([part for part in url.path.split("/") if part])
        return None if method in {"GET", "HEAD"} else f"{method} depth {depth} ?{url.query.partition('=')[0]}"
    return None if operation.startswith(READS) else operation


def handler(lossy: Lossy) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with closing(http.client.HTTPConnection(HOST, lossy.upstream, timeout=60)) as connection:
                connection.request(self.command, self.path, body, dict(self.headers.items()))
                answer = connection.getresponse()
                content = answer.read()
            if answer.status < http.client.BAD_REQUEST and lossy.loses(
                kind_of(self.command, self.path, self.headers, body)
            ):
                self.close_connection = True
                return
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in {"connection", "transfer-encoding", "content-length"}:
                    self.send_header(name, value)
            # Of HEAD the length is the resource's.
            length = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(content))
            if length is not None:
                self.send_header("Content-Length", length)
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = forward

        def log_message(self, *_: object) -> None:
            """Nothing."""

    return Handler


@contextmanager
def proxy(lossy: Lossy) -> Iterator[int]:
    """The proxy's port."""
    server = http.server.ThreadingHTTPServer((HOST, 0), handler(lossy))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def local_aws(tmp_path: Path) -> Iterator[emulator.Emulator]:
    """One with what the stacks expect to exist."""
    settings = load("prod")
    started = emulator.start(config_in(tmp_path / "local", settings.account_id))
    try:
        clients = prerequisites.local_clients(settings.region, started.endpoint, started.access_key_id)
        prerequisites.create(settings, clients, lambda _: None)
        yield started
    finally:
        emulator.stop(tmp_path / "local")


def test_terraform_gets_to_its_end_though_each_kind_of_call_loses_its_answer_once(
    local_aws: emulator.Emulator, tmp_path: Path
) -> None:
    settings, out = load("prod"), tmp_path / "cdktf.out"
    aws, web, postgres, snowflake = free_ports(4)
    ports = Ports(aws=aws, web=web, postgres=postgres, snowflake=snowflake)
    lossy = Lossy(local_aws.port)
    with proxy(lossy) as port:
        environ = {
            **environment.passed(),
            **toolchain.environment(ROOT),
            **client_variables(f"http://{HOST}:{port}", settings.region, local_aws.access_key_id),
            **environment.variables(ports),
            **environment.secrets(ports),
        }
        synthesize("prod", out, environ)
        for stack in STACKS:
            terraform = Terraform(Path(environ["TERRAFORM_BINARY_NAME"]), environ, out / "stacks" / stack)
            terraform.init()
            terraform.apply()
            assert terraform.plan() is False

    assert {
        "AuthorizeSecurityGroupEgress",
        "AuthorizeSecurityGroupIngress",
        "CreateListener",
        "CreateLoadBalancer",
        "CreateLogGroup",
        "CreateRole",
        "CreateSecret",
        "CreateSecurityGroup",
        "CreateService",
        "CreateStack",
        "CreateTargetGroup",
        "PutParameter",
        "RegisterTaskDefinition",
        "PUT depth 1 ?",  # a bucket
    } <= lossy.lost
    assert any(kind.startswith("PUT depth 4 ?") for kind in lossy.lost), "the state and its lock"
