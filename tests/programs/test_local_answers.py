"""An answer of the local AWS reaches its client whole."""

import socket
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any, cast

from werkzeug.serving import BaseWSGIServer

from local_aws.door.answers import WholeAnswers

BODY = b"<RuleId>sgr-1</RuleId>" * 200


def test_headers_and_body_are_sent_at_once() -> None:
    def application(_: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", str(len(BODY)))])
        return [BODY]

    server = SimpleNamespace(
        app=application,
        multithread=True,
        multiprocess=False,
        ssl_context=None,
        server_address=("127.0.0.1", 1),
        _server_version="test",
        log=lambda *_: None,
    )
    # Of this type of socket each call of `send` is one message.
    client, served = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with client, served:
        client.send(b"POST / HTTP/1.1\r\nHost: aws\r\nContent-Length: 0\r\n\r\n")
        client.shutdown(socket.SHUT_WR)
        WholeAnswers(served, ("127.0.0.1", 2), cast("BaseWSGIServer", server))
        message = client.recv(2 * len(BODY))

    assert message.startswith(b"HTTP/1.")
    assert message.endswith(b"\r\n\r\n" + BODY)
