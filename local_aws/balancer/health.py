"""Whether a target is healthy, by the rules of its target group's health check. Pure: no moto, no network."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Check:
    """A target group's health check."""

    path: str
    interval: float
    timeout: float
    healthy_threshold: int
    unhealthy_threshold: int
    codes: str

    def accepts(self, status: int) -> bool:
        """Whether a status is one of the matcher's, which looks like 200,301-304."""
        for part in self.codes.split(","):
            first, _, last = part.partition("-")
            if int(first) <= status <= int(last or first):
                return True
        return False


@dataclass(kw_only=True, eq=False)
class Target:
    """One task's address and port in one target group."""

    group_arn: str
    address: str
    port: int
    state: str = "initial"
    why: str = ""
    connections: int = 0
    next_check: float = 0.0
    checking: bool = False
    draining_since: float = 0.0
    _in_a_row: int = field(default=0)

    def observe(self, problem: str | None, check: Check) -> None:
        """Take in the outcome of one check; `problem` is None when it was passed."""
        if self.state == "draining":
            return
        passed = problem is None
        # Counted as long as they go one way: positive passed, negative failed.
        self._in_a_row = max(self._in_a_row, 0) + 1 if passed else min(self._in_a_row, 0) - 1
        self.why = problem or ""
        if self._in_a_row >= check.healthy_threshold:
            self.state = "healthy"
        elif -self._in_a_row >= check.unhealthy_threshold:
            self.state = "unhealthy"

    def drain(self) -> None:
        """Give it no new connection."""
        if self.state != "draining":
            self.state, self.draining_since = "draining", time.monotonic()

    def is_drained(self, delay: float) -> bool:
        """Whether its last connection has ended, or `delay` seconds have passed."""
        waited = time.monotonic() - self.draining_since
        return self.state == "draining" and (not self.connections or waited >= delay)
