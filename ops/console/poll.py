"""The loop that asks until an answer is good or the time is up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def poll(ask: Callable[[], T], until: Callable[[T], bool], timeout_seconds: float, every_seconds: float) -> T:
    """Ask at least once, then every `every_seconds`; return the last answer, which `until` may not accept."""
    deadline = time.monotonic() + timeout_seconds
    while not until(answer := ask()) and time.monotonic() <= deadline:
        time.sleep(every_seconds)
    return answer
