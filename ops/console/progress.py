"""The progress of a local command."""

from __future__ import annotations


def say(line: str) -> None:
    """Print that a step begins."""
    print(f"==> {line}", flush=True)


def detail(line: str) -> None:
    """Print what a step found or made."""
    print(f"    {line}", flush=True)
