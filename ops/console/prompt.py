"""A question at the terminal."""

from __future__ import annotations


def answer(what: str) -> str:
    """What is typed; nothing where the input ends (Ctrl-D), which Typer would call "Aborted." and exit code 1."""
    try:
        return input(what).strip()
    except EOFError:
        print(flush=True)  # the cursor still stands behind the question
        return ""
