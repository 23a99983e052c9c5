"""The laptop's load balancer: requests to 127.0.0.1 go on to healthy tasks, as the deployed listener rules say.

    Host: 127.0.0.1, localhost             the local door, behind sign-in: rules and tasks of the Config's environment
    Host: <environment>.localhost          the same, of another environment
    a host that a certificate is for       that host's rules, sign-in among them
    any other host                         403: DNS may have pointed it here

Every request is judged by itself, the second and third of a connection too. Websockets pass. By the laptop's own
names no page of another site gets an answer (local_aws/origins.py).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection, Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any

import h11

from local_aws import origins
from local_aws.balancer import checks
from local_aws.balancer.answer import Answer, Forward
from local_aws.balancer.exchange import Peer, connect, exchange
from local_aws.balancer.health import Target
from local_aws.balancer.listener import (
    actions_for,
    deployed,
    environment_behind,
    forwarded_to,
    groups_of,
    host_leading_to,
    is_certified,
)
from local_aws.balancer.request import Request, UnreadableRequestError, forwarded, parsed
from local_aws.balancer.sign_in import SignIn
from local_aws.balancer.targets import Targets
from local_aws.config import HOST

SECONDS_TO_CONNECT = 2.0
SECONDS_TO_ASK = 60.0  # a browser connects ahead of its first request; the real one's idle timeout
SECONDS_BETWEEN_LOOKS = 0.2
NO_TARGET = (
    "503 Service Temporarily Unavailable: no healthy target behind the local load balancer. "
    "Which tasks there are, and what they say: make local-ps local-logs\n"
)


class Front:
    """An event loop of its own, in a thread of its own."""

    def __init__(self, targets: Targets, port: int, environment: str) -> None:
        self._targets = targets
        self._port = port
        self._environment = environment
        self._turn = 0
        self._sign_in = SignIn()
        self._background: set[asyncio.Task[None]] = set()
        self._listening = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="front", daemon=True)
        self._problem: OSError | None = None

    def start(self) -> None:
        """Listen, or raise the OSError that says why not."""
        self._thread.start()
        self._listening.wait()
        if self._problem:
            raise self._problem

    def end(self) -> None:
        """Drop what is open, and let the loop end by itself: cut off, it would report each connection as lost."""
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=1)

    async def _run(self) -> None:
        try:
            server = await asyncio.start_server(self._accept, HOST, self._port)
        except OSError as error:
            self._problem = error
            return
        finally:
            self._listening.set()
        while not self._over.is_set():
            for target in self._targets.all():
                if check := checks.due(target, self._targets):
                    self._go(checks.make(target, check))
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        server.close()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._go(self._serve(Peer(h11.SERVER, reader, writer)))

    def _go(self, work: Coroutine[Any, Any, None]) -> None:
        running = asyncio.create_task(work)
        self._background.add(running)  # the loop itself keeps no hold on it
        running.add_done_callback(self._background.discard)

    async def _serve(self, client: Peer) -> None:
        """Every request of one connection."""
        try:
            with suppress(OSError):  # a client that hangs up, or asks for nothing in time
                while await self._serve_one(client):
                    client.http.start_next_cycle()
        except (h11.RemoteProtocolError, UnreadableRequestError) as error:
            await _refuse(client, f"400 Bad Request: {error}\n")
        finally:
            client.close()

    async def _serve_one(self, client: Peer) -> bool:
        """One request; whether another may come on this connection."""
        async with asyncio.timeout(SECONDS_TO_ASK):
            event = await client.next_event()
        if not isinstance(event, h11.Request):
            return False
        request = parsed(event)
        verdict = await self._judge(request)
        if isinstance(verdict, Forward):
            await self._forward(forwarded(event, request, verdict.headers), client, verdict.groups)
        else:
            await _answer(client, verdict)
        return client.http.our_state is h11.DONE and client.http.their_state is h11.DONE

    async def _judge(self, request: Request) -> Answer | Forward:
        """What becomes of a request: by the laptop's own names, sign-in counts as passed."""
        listeners = deployed()
        environment = environment_behind(request.host, self._environment)
        if environment is not None or not is_certified(request.host):
            reason = origins.refusal(dict(request.headers), serves_pages=True)
            if reason:
                return Answer(status=403, text=f"Refused: {reason}.\n")
        if environment is not None:
            groups = groups_of(environment)
            host = host_leading_to(groups, listeners)
            if host is None:
                return Forward(groups=groups)
            request = replace(request, host=host)
        headers: tuple[tuple[str, str], ...] = ()
        for action in actions_for(request, listeners):
            match action["Type"]:
                case "authenticate-oidc" if environment is None:
                    signed_in = await self._sign_in.answer(request, action)
                    if isinstance(signed_in, Answer):
                        return signed_in
                    headers = signed_in
                case "forward":
                    return Forward(groups=forwarded_to(action), headers=headers)
                case "fixed-response":
                    fixed = action["FixedResponseConfig"]
                    return Answer(status=int(fixed["StatusCode"]), text=fixed.get("MessageBody") or "")
        return Answer(status=404, text="Not Found")

    async def _forward(self, request: h11.Request, client: Peer, groups: Collection[str]) -> None:
        for target in self._choose(groups):
            try:
                server = await connect(target.address, target.port, SECONDS_TO_CONNECT)
            except OSError:
                continue
            target.connections += 1
            try:
                await exchange(request, client, server)
            except (OSError, h11.ProtocolError) as error:
                if client.http.our_state is not h11.SEND_RESPONSE:
                    raise ConnectionError(str(error)) from error
                await _answer(client, Answer(status=502, text="502 Bad Gateway\n"))
            finally:
                target.connections -= 1
                server.close()
            return
        await _answer(client, Answer(status=503, text=NO_TARGET))

    def _choose(self, groups: Collection[str]) -> list[Target]:
        """The healthy targets of the first of the groups that has any, the one whose turn it is first."""
        healthy = [each for each in self._targets.all() if each.group_arn in groups and each.state == "healthy"]
        healthy = [target for target in healthy if target.group_arn == healthy[0].group_arn]
        self._turn += 1
        first = self._turn % len(healthy) if healthy else 0
        return healthy[first:] + healthy[:first]


async def _answer(client: Peer, answer: Answer) -> None:
    await client.read_to_the_end()
    await client.send(*answer.events)


async def _refuse(client: Peer, text: str) -> None:
    """Answer a request that cannot be read; its connection is then of no more use."""
    with suppress(OSError, h11.LocalProtocolError):
        await client.send(*Answer(status=400, text=text, headers=(("Connection", "close"),)).events)
