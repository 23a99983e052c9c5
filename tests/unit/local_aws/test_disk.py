"""What a local server prints on a full disk becomes the error for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_aws import disk
from local_aws.errors import DiskFullError

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
