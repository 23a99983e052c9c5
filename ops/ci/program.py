"""The edge of a program that a workflow starts: an expected error is one message and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable

from ops.console.errors import OperatorError


def exit_code(work: Callable[[], None]) -> int:
    """Run `work` and return 0, or print the OperatorError that it raises and return that error's code."""
    try:
        work()
    except OperatorError as error:
        print(f"asset-manager: {error}", file=sys.stderr)
        return error.exit_code
    return 0
