"""HTTP/1.1 on one connection, and a request's way to a target and back.

h11 reads every message to its end, so each request of a connection is judged by itself, and a target gets the one that
was judged and no byte more. After a 101, both connections belong to the other protocol.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import h11

OF_ONE_CONNECTION = {b"connection", b"keep-alive"}
CHUNK_BYTES = 65_536
LONGEST_HEAD_BYTES = 65_536  # all headers of a request: the load balancer's own quota


class Peer:
    """One side: a client, to which the load balancer is the server, or a target, to which it is the client."""

    def __init__(
        self, role: type[h11.CLIENT | h11.SERVER], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.http = h11.Connection(role, max_incomplete_event_size=LONGEST_HEAD_BYTES)
        self._reader = reader
        self._writer = writer

    async def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """The next part of a message; raises OSError and h11.RemoteProtocolError."""
        while True:
            event = self.http.next_event()
            if event is not h11.NEED_DATA:
                return event
            if self.http.they_are_waiting_for_100_continue:
                await self.send(h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue"))
            self.http.receive_data(await self._reader.read(CHUNK_BYTES))

    async def send(self, *events: h11.Event) -> None:
        """Send these parts of a message; raises OSError."""
        for event in events:
            self._writer.write(self.http.send(event) or b"")
        await self._writer.drain()

    async def read_to_the_end(self) -> None:
        """Read what is left of a request, so that its connection can take an answer."""
        while self.http.their_state is h11.SEND_BODY:
            await self.next_event()

    async def pump(self, to: Peer) -> None:
        """Hand on bytes that are HTTP no longer, and that this side has no more."""
        chunk = self.http.trailing_data[0]
        with suppress(OSError):
            while chunk or (chunk := await self._reader.read(CHUNK_BYTES)):
                to._writer.write(chunk)
                await to._writer.drain()
                chunk = b""
        with suppress(OSError, RuntimeError):  # the other side may be gone altogether
            to._writer.write_eof()

    def close(self) -> None:
        """Send what is written, and hang up."""
        self._writer.close()


async def connect(address: str, port: int, timeout: float) -> Peer:
    """A connection to a target; raises OSError, a timeout too."""
    return Peer(h11.CLIENT, *await asyncio.wait_for(asyncio.open_connection(address, port), timeout))


async def exchange(request: h11.Request, client: Peer, target: Peer) -> None:
    """Send the request with its body, and hand back the answer; raises OSError and h11's errors."""
    await target.send(request)
    upward = asyncio.create_task(_pass_body(client, target))
    try:
        switched = await _pass_answer(target, client)
        if switched:
            await _ended(upward)
            upward = asyncio.create_task(client.pump(target))
            await target.pump(client)
    finally:
        upward.cancel()
        await _ended(upward)


async def _pass_body(client: Peer, target: Peer) -> None:
    try:
        while not isinstance(event := await client.next_event(), h11.EndOfMessage):
            if not isinstance(event, h11.Data):
                raise ConnectionError("the client hung up")
            await target.send(h11.Data(data=bytes(event.data)))
        await target.send(h11.EndOfMessage(headers=event.headers))
    except (OSError, h11.ProtocolError):
        target.close()  # it waits for the rest of a body that will not come
        raise


async def _pass_answer(target: Peer, client: Peer) -> bool:
    """Whether it was a 101, after which HTTP is over."""
    while True:
        event = await target.next_event()
        match event:
            case h11.InformationalResponse(status_code=101):
                await client.send(event)
                return True
            case h11.InformationalResponse():
                pass
            case h11.Response():
                kept = [each for each in event.headers.raw_items() if each[0].lower() not in OF_ONE_CONNECTION]
                await client.send(h11.Response(status_code=event.status_code, reason=event.reason, headers=kept))
            case h11.Data():
                await client.send(h11.Data(data=bytes(event.data)))
            case h11.EndOfMessage():
                await client.send(h11.EndOfMessage(headers=event.headers))
                return False
            case _:
                raise ConnectionError("the target hung up")


async def _ended(task: asyncio.Task[None]) -> None:
    """Wait for its end; how it ended has been seen on the other side."""
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()
