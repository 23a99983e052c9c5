"""What the local servers print about their own repairs."""

from __future__ import annotations


def notice(line: str) -> None:
    """Print what a start found or changed."""
    print(f"    {line}", flush=True)
