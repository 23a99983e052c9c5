"""What a check finds: ok, failed or skipped, the reason, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "failed", "skipped"]
DEPLOY = "Deploy again: make deploy; on the laptop make local."


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was found against what was expected (`why`), and what to do about it (`next`)."""

    status: Status
    why: str
    next: str = ""


class CannotLookError(Exception):
    """The subject of a check is out of reach, though nothing may be wrong with it; the check is skipped."""

    def __init__(self, why: str, next_: str) -> None:
        super().__init__(why)
        self.finding = Finding(status="skipped", why=why, next=next_)


def ok(why: str) -> Finding:
    return Finding(status="ok", why=why)


def failed(why: str, next_: str) -> Finding:
    return Finding(status="failed", why=why, next=next_)
