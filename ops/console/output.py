"""Output whose reader may be gone: Ctrl-C also ends the `tee` behind a pipe, and a terminal can be closed."""

from __future__ import annotations

import os
import sys
from typing import TextIO


def write(text: str, stream: TextIO | None = None) -> None:
    """Write and flush the text; if nobody reads the stream any more, discard this and all later output to it."""
    stream = stream or sys.stdout
    try:
        stream.write(text)
        stream.flush()
    except OSError:
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, stream.fileno())  # also for the text that Python buffers and writes at its end
        os.close(devnull)
