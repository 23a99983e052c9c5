"""The edge of every program: an expected error becomes one message, its exit code and, for `--json`, one document."""

from __future__ import annotations

import errno
import json
import sys
from collections.abc import Callable

from ops.console.errors import DiskFullError, Interrupted, NotWritableError, OperatorError
from ops.console.output import write
from settings.errors import SettingsError


def exit_code(work: Callable[[], int | None], *, as_json: bool = False) -> int:
    """Run `work`, which returns an exit code or None for 0; of an expected error, print it and return its code."""
    try:
        return work() or 0
    except (OperatorError, SettingsError) as error:
        return _fail(error.name, str(error), error.exit_code, as_json=as_json)
    except Interrupted as interrupted:
        message = str(interrupted) or "interrupted; the next run goes on from here."
        return _fail(interrupted.name, message, interrupted.exit_code, as_json=as_json)
    except OSError as error:
        unwritable = _unwritable(error)
        return _fail(unwritable.name, str(unwritable), unwritable.exit_code, as_json=as_json)


def print_error(name: str, message: str, code: int) -> None:
    """Print the document that a command with `--json` ends with after an error."""
    write(json.dumps({"error": {"name": name, "message": message, "exit_code": int(code)}}, indent=2) + "\n")


def _unwritable(error: OSError) -> OperatorError:
    """The error to report for a file that cannot be written; any other error is raised again."""
    file = error.filename or "a file"
    if error.errno == errno.ENOSPC:
        return DiskFullError(f"the disk is full: {file} could not be written. Free some space, run it again.")
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS} and error.filename:
        return NotWritableError(
            f"{file}: {error.strerror}. Make it writable for you, or work in a folder that is; run it again."
        )
    raise error


def _fail(name: str, message: str, code: int, *, as_json: bool) -> int:
    if as_json:
        print_error(name, message, code)
    write(f"asset-manager: {message}\n", sys.stderr)
    write("")  # Python flushes stdout at its end, and would return another code if the reader of a pipe is gone
    return code
