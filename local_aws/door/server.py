"""The agent in the emulator's process: started before it, ended after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from moto.moto_api import state_manager

from local_aws.config import Config
from local_aws.door.guard import Application
from local_aws.door.metadata import WithMetadata
from local_aws.door.saving import Saving
from local_aws.ecs.agent import Agent
from local_aws.moto import beside, patch
from local_aws.throttle import Throttle


@contextmanager
def with_agent(
    application: Application,
    *,
    config: Config,
    access_key_id: str,
    save: Callable[[], None],
) -> Iterator[WithMetadata]:
    """Run moto's application with an ECS that runs tasks. At the end none of them runs, and moto's state is saved."""
    agent = Agent(config, access_key_id)
    throttle = Throttle()
    beside.agent, beside.throttle = agent, throttle
    patch.apply()
    # moto would advance a task at each call that describes it.
    state_manager.set_transition("ecs::task", {"progression": "manual", "times": 10**9})
    saving = Saving(application, save, agent.lock)
    try:
        agent.start()
        yield WithMetadata(saving, agent, beside.calls, throttle, saving.hold)
    finally:
        agent.end()
        saving.save()
