"""What a local server prints on a full disk becomes the error for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_aws import disk
from ops.console.errors import DiskFullError

INITDB = 'initdb: error: could not write file "data/postgresql.conf": No space left on device'


@pytest.mark.parametrize(
    "printed",
    [
        INITDB,
        'FATAL:  could not write lock file "postmaster.pid": No space left on device',
        "OSError: [Errno 28] No space left on device: 'tls.1.tmp'",
        "Error: ENOSPC: no space left on device, write",
        'PANIC:  could not write to file "pg_wal/xlogtemp.7": Disk quota exceeded',
    ],
)
def test_a_full_disk_is_named(tmp_path: Path, printed: str) -> None:
    with pytest.raises(DiskFullError) as refusal:
        disk.refuse_if_full(tmp_path, "the local Postgres", f"before\n{printed}\nafter")
    assert str(refusal.value) == (
        f"the disk is full: the local Postgres could not write below {tmp_path}. Free some space, run it again."
    )


def test_another_failure_is_not_reported_as_a_full_disk(tmp_path: Path) -> None:
    disk.refuse_if_full(tmp_path, "the local Postgres", "FATAL:  could not load pg_hba.conf")


def test_what_fails_by_a_full_disk_is_named_and_any_other_failure_passes(tmp_path: Path) -> None:
    full = 'psycopg2.errors.DiskFull: could not write to file "base/16384/PG_VERSION": No space left on device'
    named = "the disk is full: make local could not write below"
    with pytest.raises(DiskFullError, match=named), disk.named(tmp_path, "make local"):
        raise ValueError(full)
    with pytest.raises(ValueError, match="another"), disk.named(tmp_path, "make local"):
        raise ValueError("another")
