"""One TLS port for every host of a test: decrypts, notes each request and its status, hands it to the host's port."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import h11

from local_aws.balancer.exchange import Peer, connect, exchange
from local_aws.balancer.request import Request, parsed
from local_aws.postgres.tls_front import tls_context

SESSION_COOKIE = "AWSELBAuthSessionCookie-0"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A request that came, and the status of its answer."""

    request: Request
    status: int

    @property
    def site(self) -> str:
        """What the browser says of where it comes from."""
        return next(iter(self.request.values("sec-fetch-site")), "")

    @property
    def is_signed_in(self) -> bool:
        """Whether the session's cookie came with it."""
        return any(SESSION_COOKIE in value for value in self.request.values("cookie"))


class _Client(Peer):
    """Notes the answer to its request."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: list[Seen]) -> None:
        super().__init__(h11.SERVER, reader, writer)
        self.request: Request | None = None
        self._seen = seen

    async def send(self, *events: h11.Event) -> None:
        for event in events:
            if self.request and isinstance(event, (h11.Response, h11.InformationalResponse)):
                self._seen.append(Seen(request=self.request, status=event.status_code))
        await super().send(*events)


@contextmanager
def tls(hosts: Mapping[str, int], certificate: Path, seen: list[Seen]) -> Iterator[int]:
    """Listen on a port of 127.0.0.1 for these hosts; what comes in is added to `seen`."""
    up, over, ports = threading.Event(), threading.Event(), []
    connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task: asyncio.Task[None] | None = asyncio.current_task()
        assert task
        connections[task] = writer
        client = _Client(reader, writer, seen)
        with suppress(OSError, h11.ProtocolError):
            while isinstance(event := await client.next_event(), h11.Request):
                client.request = parsed(event)
                if client.request.host not in hosts:  # the browser's own business
                    break
                target = await connect("127.0.0.1", hosts[client.request.host], 10)
                try:
                    await exchange(event, client, target)
                finally:
                    target.close()
                if client.http.our_state is not h11.DONE or client.http.their_state is not h11.DONE:
                    break
                client.http.start_next_cycle()
        client.close()

    async def listen(context: ssl.SSLContext) -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        ports.append(int(server.sockets[0].getsockname()[1]))
        up.set()
        await asyncio.to_thread(over.wait)
        server.close()
        # A browser keeps its connections; one that outlives the loop would be reported as unclosed in a later test.
        for task, writer in connections.items():
            task.cancel()
            writer.transport.abort()
        await asyncio.gather(*connections, return_exceptions=True)
        await asyncio.gather(*(writer.wait_closed() for writer in connections.values()), return_exceptions=True)

    thread = threading.Thread(target=lambda: asyncio.run(listen(tls_context(certificate))))
    thread.start()
    try:
        assert up.wait(10)
        yield ports[0]
    finally:
        over.set()
        thread.join()
