"""The operator's command with bad input: it prints one message, returns its exit code, and changes nothing."""

import http.server
import re
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.support.deployed import Tree
from tests.support.ports import free_port

EXPIRED = b"""<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code>
<Message>The security token included in the request is expired</Message></Error></ErrorResponse>"""


@pytest.fixture
def tree() -> Iterator[Tree]:
    """A working copy in which nothing runs."""
    with Tree.copied() as tree:
        yield tree


@pytest.fixture
def expired_aws() -> Iterator[str]:
    """The address of an AWS that answers every call with ExpiredToken."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(403)
            self.send_header("Content-Length", str(len(EXPIRED)))
            self.end_headers()
            self.wfile.write(EXPIRED)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def refused(tree: Tree, code: int, *arguments: str, environ: dict[str, str] | None = None) -> str:
    """Run the command, and return the one message on stderr."""
    done = tree.asset_manager(*arguments, environ=environ)
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stderr.startswith("asset-manager: ")
    assert "Traceback" not in done.stdout + done.stderr
    return done.stderr.removeprefix("asset-manager: ").rstrip("\n")


def test_a_port_in_use_is_reported_with_the_program_that_listens_and_nothing_starts(tree: Tree) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused(tree, 4, "local", "up", environ={"LOCAL_AWS_PORT": str(port)})
    assert re.fullmatch(
        rf"port {port} on 127\.0\.0\.1 is in use by .+, and the local AWS wants it\. "
        rf"Stop that program, or choose another port: LOCAL_AWS_PORT={port + 1} make local",
        said,
    )
    assert not (tree.root / ".local" / "postgres").exists()


def test_a_value_that_is_not_a_port_is_refused(tree: Tree) -> None:
    assert refused(tree, 3, "local", "up", environ={"LOCAL_AWS_PORT": "http"}) == (
        "LOCAL_AWS_PORT=http is no port to listen on: a whole number, 1024 to 65535."
    )


def test_a_wrong_environment_name_is_refused_with_the_existing_ones(tree: Tree) -> None:
    said = refused(tree, 3, "deploy", "--environment", "prdo")
    assert refused(tree, 3, "plan", "--environment", "prdo") == said
    assert "prdo" in said
    assert "prod" in said
    assert "staging" in said


def test_missing_credentials_are_reported_before_anything_is_touched(tree: Tree) -> None:
    nowhere = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null"}
    said = refused(tree, 4, "plan", environ={**nowhere, "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"})
    assert said == (
        "AWS does not accept the credentials of this shell: Unable to locate credentials. Sign in (aws sso login, or "
        "new AWS_* variables), check with `aws sts get-caller-identity`, run it again."
    )


def test_expired_credentials_are_reported_before_anything_is_touched(tree: Tree, expired_aws: str) -> None:
    expired = {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_ENDPOINT_URL": expired_aws,
    }
    said = refused(tree, 4, "plan", environ=expired)
    assert "(ExpiredToken) when calling the GetCallerIdentity operation" in said
    assert said.endswith("check with `aws sts get-caller-identity`, run it again.")


def test_an_unknown_secret_is_refused_with_the_existing_ones(tree: Tree) -> None:
    assert refused(tree, 3, "secrets", "set", "PASSWORD") == (
        "PASSWORD is no secret of this project. There are: AUTH0_CLIENT_SECRET, DAGSTER_PG_PASSWORD, "
        "METRICS_DATABASE_URL, SNOWFLAKE_PASSWORD."
    )


def test_a_local_aws_that_is_not_up_says_how_to_start_it(tree: Tree) -> None:
    for command in ("status", "env"):
        assert refused(tree, 1, "local", command) == "the local AWS is not up. Start it: make local"
    assert tree.asset_manager("local", "down").stdout == "the local AWS was not up\n"


def test_without_terraform_and_without_network_it_says_what_to_install(tree: Tree) -> None:
    (tree.root / ".tools").unlink(missing_ok=True)
    closed = f"http://127.0.0.1:{free_port()}"
    said = refused(
        tree, 4, "local", "up", environ={"PATH": "/nonexistent", "https_proxy": closed, "HTTPS_PROXY": closed}
    )
    assert "erraform" in said
    assert "1.11" in said
    assert list((tree.root / ".tools").glob("terraform-*/terraform")) == []
