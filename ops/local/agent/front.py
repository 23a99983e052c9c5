"""The laptop's load balancer: connections to 127.0.0.1 go on to healthy tasks, and the health checks that say which.

    Host: 127.0.0.1, localhost        the laptop's own door, behind the load balancer: on to a task of prod's
    Host: <environment>.localhost     the same, of another environment
    any other host                    answered as the deployed listener rules say (listener.py)

It hands on bytes, so websockets pass. Host and target are those of a connection's first request.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Collection, Coroutine
from contextlib import suppress
from typing import Any

from ops.local.agent.health import Check, Target
from ops.local.agent.listener import deployed, environment_behind, groups_of, host_of, judge, response
from ops.local.agent.targets import Targets, check_of, group_of
from ops.local.ports import HOST

CHUNK_BYTES = 65_536
SECONDS_TO_CONNECT = 2.0
SECONDS_TO_ASK = 60.0  # a browser connects ahead of its first request; the real one's idle timeout
SECONDS_BETWEEN_LOOKS = 0.2
NO_TARGET = (
    "503 Service Temporarily Unavailable: no healthy target behind the local load balancer. "
    "Which tasks there are, and what they say: make local-ps local-logs\n"
)


class Front:
    """An event loop of its own, in a thread of its own."""

    def __init__(self, targets: Targets, port: int) -> None:
        self._targets = targets
        self._port = port
        self._turn = 0
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
            await asyncio.start_server(self._accept, HOST, self._port)
        except OSError as error:
            self._problem = error
            return
        finally:
            self._listening.set()
        while not self._over.is_set():
            for target in self._targets.all():
                self._check_if_due(target)
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)

    def _check_if_due(self, target: Target) -> None:
        now = time.monotonic()
        if target.checking or target.state == "draining" or now < target.next_check:
            return
        group = group_of(target.group_arn)
        if group is None:
            return
        check = check_of(group)
        target.next_check = now + check.interval
        target.checking = True
        self._go(_check(target, check))

    def _accept(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        self._go(self._serve(client, answers))

    def _go(self, work: Coroutine[Any, Any, None]) -> None:
        running = asyncio.create_task(work)
        self._background.add(running)  # the loop itself keeps no hold on it
        running.add_done_callback(self._background.discard)

    def _choose(self, groups: Collection[str]) -> list[Target]:
        """The healthy targets of the first of the groups that has any, the one whose turn it is first."""
        healthy = [each for each in self._targets.all() if each.group_arn in groups and each.state == "healthy"]
        healthy = [target for target in healthy if target.group_arn == healthy[0].group_arn]
        self._turn += 1
        first = self._turn % len(healthy) if healthy else 0
        return healthy[first:] + healthy[:first]

    async def _serve(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(client.readuntil(b"\r\n\r\n"), SECONDS_TO_ASK)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):  # a timeout too
            answers.close()
            return
        host = host_of(head)
        environment = environment_behind(host)
        answer = judge(host, deployed()) if environment is None else groups_of(environment)
        if isinstance(answer, bytes):
            await _answer(answers, answer)
        else:
            await self._forward(head, client, answers, answer)

    async def _forward(
        self, head: bytes, client: asyncio.StreamReader, answers: asyncio.StreamWriter, groups: Collection[str]
    ) -> None:
        for target in self._choose(groups):
            try:
                server, requests = await asyncio.wait_for(
                    asyncio.open_connection(target.address, target.port), SECONDS_TO_CONNECT
                )
            except OSError:  # a timeout too
                continue
            target.connections += 1
            try:
                requests.write(head)
                await _join(client, answers, server, requests)
            finally:
                target.connections -= 1
            return
        await _answer(answers, response(503, NO_TARGET))


async def _answer(answers: asyncio.StreamWriter, answer: bytes) -> None:
    with suppress(OSError):
        answers.write(answer)
        await answers.drain()
    answers.close()


async def _join(
    client: asyncio.StreamReader,
    answers: asyncio.StreamWriter,
    server: asyncio.StreamReader,
    requests: asyncio.StreamWriter,
) -> None:
    upward = asyncio.create_task(_pump(client, requests))
    try:
        await _pump(server, answers)
    finally:
        upward.cancel()
        requests.close()
        answers.close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await source.read(CHUNK_BYTES):
            sink.write(chunk)
            await sink.drain()
    with suppress(OSError, RuntimeError):  # the other side may be gone altogether
        if sink.can_write_eof():
            sink.write_eof()


async def _check(target: Target, check: Check) -> None:
    try:
        async with asyncio.timeout(check.timeout):
            status = await _status(target, check.path)
        target.observe(None if check.accepts(status) else f"Health checks failed with these codes: [{status}]", check)
    except TimeoutError:
        target.observe("Request timed out", check)
    except (OSError, ValueError, IndexError):
        target.observe("Health checks failed", check)
    finally:
        target.checking = False


async def _status(target: Target, path: str) -> int:
    answer, request = await asyncio.open_connection(target.address, target.port)
    try:
        lines = (f"GET {path} HTTP/1.1", f"Host: {target.address}:{target.port}", "User-Agent: ELB-HealthChecker/2.0")
        request.write("\r\n".join([*lines, "Connection: close", "", ""]).encode())
        return int((await answer.readline()).split()[1])
    finally:
        request.close()
