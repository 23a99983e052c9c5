"""The errors of the local AWS as errors of this command: the same message, with an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_aws import disk, errors
from ops.console.errors import DiskFullError, EmulatorDiedError, OperatorError, PortInUseError

MEANING: dict[type[errors.LocalAwsError], type[OperatorError]] = {
    errors.PortInUseError: PortInUseError,
    errors.DiskFullError: DiskFullError,
    errors.ServerDiedError: EmulatorDiedError,
}


@contextmanager
def as_operator_errors(directory: Path, program: str) -> Iterator[None]:
    """Raise OperatorError for an error of the local AWS, and DiskFullError for any failure while the disk is full."""
    try:
        try:
            yield
        except (errors.DiskFullError, DiskFullError):
            raise
        except Exception as error:
            disk.refuse_if_full(directory, program, str(error))
            raise
    except errors.LocalAwsError as error:
        raise MEANING.get(type(error), OperatorError)(str(error)) from error
