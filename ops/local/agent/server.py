"""The agent in the emulator's process: started before it, ended after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.local.agent import api
from ops.local.agent import throttle as throttling
from ops.local.agent.agent import Agent
from ops.local.agent.guard import Application
from ops.local.agent.metadata import WithMetadata
from ops.local.agent.throttle import Throttle
from ops.local.saving import Saving


@contextmanager
def with_agent(
    application: Application,
    *,
    save: Callable[[], None],
    endpoint: str,
    access_key_id: str,
    directory: Path,
    web_port: int,
    speed: int,
) -> Iterator[WithMetadata]:
    """Run moto's application with an ECS that runs tasks. At the end none of them runs, and moto's state is saved."""
    agent = Agent(endpoint, access_key_id, directory, web_port, speed)
    calls: Counter[str] = Counter()
    throttle = Throttle()
    api.install(agent, calls)
    throttling.install(throttle)
    saving = Saving(application, save, agent.lock)
    try:
        agent.start()
        yield WithMetadata(saving, agent, calls, throttle, saving.hold)
    finally:
        agent.end()
        saving.save()
