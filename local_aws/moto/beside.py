"""What runs beside moto in the server's process, for the replaced methods; local_aws/door/server.py sets it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local_aws.ecs.agent import Agent
    from local_aws.throttle import Throttle

agent: Agent
throttle: Throttle
calls: Counter[str] = Counter()  # of every API
