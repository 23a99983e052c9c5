"""The load balancer's health checks of its targets."""

from __future__ import annotations

import asyncio
import time

from local_aws.balancer.health import Check, Target
from local_aws.balancer.targets import Targets


def due(target: Target, targets: Targets) -> Check | None:
    """Return the check to make of this target now, if there is one; the next one is then due an interval later."""
    now = time.monotonic()
    if target.checking or target.state == "draining" or now < target.next_check:
        return None
    check = targets.check_of(target)
    if check is None:
        return None
    target.next_check = now + check.interval
    target.checking = True
    return check


async def make(target: Target, check: Check) -> None:
    """Ask the target once, and record the result."""
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
