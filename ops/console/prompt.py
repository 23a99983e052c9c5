"""A question at the terminal."""

from __future__ import annotations


def answer(question: str) -> str:
    """Return the typed line, or "" at the end of the input (Ctrl-D), for which Typer would print "Aborted."."""
    try:
        return input(question).strip()
    except EOFError:
        print(flush=True)  # the cursor is still behind the question
        return ""
