"""A program that fails because the disk is full."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_aws.errors import DiskFullError
from local_aws.postgres import server as postgres_server
from local_aws.postgres import unprivileged
from tests.support.stand_in_tools import executable

INITDB = 'initdb: error: could not write file "data/postgresql.conf": No space left on device'


def test_an_initdb_without_space_is_a_full_disk_and_not_an_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = executable(tmp_path / "initdb", f"#!/bin/sh\necho '{INITDB}' >&2\nexit 1\n")
    monkeypatch.setattr(unprivileged, "prepare", lambda _, data: data.mkdir())
    monkeypatch.setattr(unprivileged, "command", lambda program: program)
    monkeypatch.setattr(postgres_server, "program_path", lambda _: stand_in)
    with pytest.raises(DiskFullError) as refusal:
        postgres_server.initialize(tmp_path, "password")
    assert "initdb of the local Postgres could not write" in str(refusal.value)
    assert list(tmp_path.iterdir()) == [stand_in]
