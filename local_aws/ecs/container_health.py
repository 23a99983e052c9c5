"""The container's own health check: its command, run in the container's environment beside its process.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """A container definition's healthCheck, with ECS's defaults; times are in seconds."""

    command: Sequence[str]
    interval: float
    timeout: float
    retries: int
    start_period: float


def health_check_of(definition: Mapping[str, Any]) -> HealthCheck | None:
    """Return the definition's check, if it has one."""
    given = definition.get("healthCheck")
    if not given:
        return None
    kind, *rest = given["command"]
    return HealthCheck(
        command=["/bin/sh", "-c", *rest] if kind == "CMD-SHELL" else rest,
        interval=float(given.get("interval", 30)),
        timeout=float(given.get("timeout", 5)),
        retries=int(given.get("retries", 3)),
        start_period=float(given.get("startPeriod", 0)),
    )


class Probe:
    """Runs one container's check again and again, and never waits for it.

    Docker waits an interval before the first check. With a `speed` of 10 the first ones, until one passes or the start
    period is over, come ten times sooner. Later ones do not: each starts a program, which costs more than it is worth.
    """

    def __init__(self, check: HealthCheck, environ: Mapping[str, str], directory: Path, speed: int) -> None:
        self.status = "UNKNOWN"
        self._check = check
        self._environ = environ
        self._directory = directory
        self._first_interval = check.interval / speed
        self._started = time.monotonic()
        self._next = self._started + self._first_interval
        self._failures = 0
        self._popen: subprocess.Popen[bytes] | None = None
        self._deadline = 0.0

    def look(self) -> None:
        """Begin a check that is due, or take in how one ended."""
        now = time.monotonic()
        if self._popen is None:
            if now >= self._next:
                self._begin(now)
            return
        code = self._popen.poll()
        if code is None and now >= self._deadline:
            self.end()
            code = -1
        if code is not None:
            self._popen = None
            self._take_in(now, passed=code == 0)

    def end(self) -> None:
        """Kill a check that is at work."""
        if self._popen is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait()

    def _begin(self, now: float) -> None:
        try:
            self._popen = subprocess.Popen(  # noqa: S603 -- what a container is asked is its definition's business
                list(self._check.command),
                env=self._environ,
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:  # no such command: as unhealthy as one that fails
            self._take_in(now, passed=False)
        self._deadline = now + self._check.timeout

    def _take_in(self, now: float, *, passed: bool) -> None:
        if passed:
            self.status, self._failures = "HEALTHY", 0
        elif now - self._started >= self._check.start_period or self.status == "HEALTHY":
            self._failures += 1
            if self._failures >= self._check.retries:
                self.status = "UNHEALTHY"
        first = self.status == "UNKNOWN" and now - self._started < self._check.start_period
        self._next = now + (self._first_interval if first else self._check.interval)
