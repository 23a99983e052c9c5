"""A full disk. A local server prints that it met one, or ends silently because its log is on that disk."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from local_aws.errors import DiskFullError

PRINTED = tuple(os.strerror(number).lower() for number in (errno.ENOSPC, errno.EDQUOT))  # Go and Node write it small
LEAST_BYTES = 1_000_000


def refuse_if_full(directory: Path, program: str, printed: str) -> None:
    """Raise if the program failed because nothing more fits on the disk; `printed` is its output."""
    if is_full(directory) or any(words in printed.lower() for words in PRINTED):
        raise DiskFullError(
            f"the disk is full: {program} could not write below {directory}. Free some space, run it again."
        )


def is_full(directory: Path) -> bool:
    """Whether the file system of the directory has no room for another file."""
    left = os.statvfs(directory)
    return left.f_bavail * left.f_frsize < LEAST_BYTES or (left.f_files > 0 and left.f_favail == 0)
