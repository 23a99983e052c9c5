"""The agent in the emulator's process: started before it, ended after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.local.agent import api
from ops.local.agent import throttle as throttling
from ops.local.agent.agent import Agent
from ops.local.agent.guard import Application
from ops.local.agent.metadata import WithMetadata
from ops.local.agent.throttle import Throttle


@contextmanager
def with_agent(
    application: Application, endpoint: str, access_key_id: str, directory: Path, web_port: int
) -> Iterator[WithMetadata]:
    """Run moto's application with an ECS that runs tasks, and leave none of them running."""
    agent = Agent(endpoint, access_key_id, directory, web_port)
    calls: Counter[str] = Counter()
    throttle = Throttle()
    api.install(agent, calls)
    throttling.install(throttle)
    try:
        agent.start()
        yield WithMetadata(application, agent, calls, throttle)
    finally:
        agent.end()
