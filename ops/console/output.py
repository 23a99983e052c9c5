"""What is told while its reader may be gone: Ctrl-C also ends the `tee` behind a pipe, and a terminal can be closed."""

from __future__ import annotations

import os
import sys
from typing import TextIO


def tell(text: str, stream: TextIO | None = None) -> None:
    """Print it at once; with nobody to read it, it and all that comes after go nowhere, and nothing breaks off."""
    stream = stream or sys.stdout
    try:
        stream.write(text)
        stream.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())  # also for what Python still holds, and writes when it ends
        os.close(nowhere)
