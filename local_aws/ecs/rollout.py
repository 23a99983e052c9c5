"""How ECS rolls a service: which tasks to start and to stop next. Pure.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

FIRST_BACKOFF_SECONDS = 10.0  # not documented
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
LONGEST_BACKOFF_SECONDS = 27 * 60.0


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How many tasks a service may have: percentages of the desired count, rounded as ECS rounds them."""

    desired: int
    minimum_percent: int
    maximum_percent: int

    @property
    def lower(self) -> int:
        """Healthy tasks that must stay."""
        return math.ceil(self.desired * self.minimum_percent / 100)

    @property
    def upper(self) -> int:
        """Tasks that there may be: RUNNING, STOPPING or PENDING, as ECS's developer guide counts them.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service_definition_parameters.html (maximumPercent)
        """
        return self.desired * self.maximum_percent // 100


@dataclass(frozen=True, kw_only=True)
class Member:
    """A task of a service that has not ended yet; `current` is one of the newest deployment."""

    id: str
    current: bool
    healthy: bool
    stopping: bool


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to do now."""

    start: int
    stop: Sequence[str]


def plan(bounds: Bounds, members: Sequence[Member], *, may_start: bool) -> Plan:
    """Return the next step; nothing to do means that the service is where it can be for now."""
    staying = [member for member in members if not member.stopping]
    current = [member for member in staying if member.current]
    excess = max(len(current) - bounds.desired, 0)
    youngest_first = list(reversed(current))
    # Those that do no work go first.
    superfluous = sorted(youngest_first, key=lambda member: member.healthy)[:excess]
    leaving = superfluous + sorted((m for m in staying if not m.current), key=lambda member: member.healthy)
    spare = sum(member.healthy for member in staying) - bounds.lower
    stop = []
    for member in leaving:
        if member.healthy and spare <= 0:
            continue
        spare -= member.healthy
        stop.append(member.id)
    wanted = min(bounds.desired - len(current), bounds.upper - len(members))
    return Plan(start=max(wanted, 0) if may_start else 0, stop=stop)


def is_steady(bounds: Bounds, members: Sequence[Member]) -> bool:
    """Whether the newest deployment is all there is, and is healthy."""
    return len(members) == bounds.desired and all(m.current and m.healthy and not m.stopping for m in members)


def failure_threshold(desired: int) -> int:
    """Failed tasks after which the circuit breaker opens.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    """
    return min(max(3, math.ceil(0.5 * desired)), 200)


def backoff_seconds(failures: int) -> float:
    """How long ECS waits before the next start after so many tasks in a row that did not last."""
    return min(FIRST_BACKOFF_SECONDS * 2.0 ** min(failures - 1, 10), LONGEST_BACKOFF_SECONDS) if failures else 0.0
