"""An error of the local AWS becomes an error of this command with the same message."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_aws import errors
from ops.console.errors import DiskFullError, EmulatorDiedError, OperatorError, PortInUseError
from ops.local.errors import as_operator_errors


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (errors.PortInUseError, PortInUseError),
        (errors.DiskFullError, DiskFullError),
        (errors.ServerDiedError, EmulatorDiedError),
        (errors.LocalAwsError, OperatorError),
        (OperatorError, OperatorError),
    ],
)
def test_the_message_stays(tmp_path: Path, raised: type[Exception], expected: type[OperatorError]) -> None:
    with pytest.raises(OperatorError, match="the message") as found, as_operator_errors(tmp_path, "make local"):
        raise raised("the message")
    assert type(found.value) is expected


def test_what_fails_by_a_full_disk_is_named_and_any_other_failure_passes(tmp_path: Path) -> None:
    full = 'psycopg2.errors.DiskFull: could not write to file "base/16384/PG_VERSION": No space left on device'
    named = "the disk is full: make local could not write below"
    with pytest.raises(DiskFullError, match=named), as_operator_errors(tmp_path, "make local"):
        raise ValueError(full)
    with pytest.raises(ValueError, match="another"), as_operator_errors(tmp_path, "make local"):
        raise ValueError("another")
