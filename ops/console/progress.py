"""What a local command prints while it works."""

from __future__ import annotations


def say(line: str) -> None:
    """A step that begins."""
    print(f"==> {line}", flush=True)


def detail(line: str) -> None:
    """What a step found or made."""
    print(f"    {line}", flush=True)
