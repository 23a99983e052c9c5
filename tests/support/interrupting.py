"""A command that a test stops half way."""

import subprocess


def read_until(command: subprocess.Popen[str], marker: str) -> str:
    """What a command prints up to and with the first line that holds the marker."""
    assert command.stdout is not None
    read = ""
    for line in command.stdout:
        read += line
        if marker in line:
            return read
    raise AssertionError(f"{marker!r} was never printed:\n{read}")
