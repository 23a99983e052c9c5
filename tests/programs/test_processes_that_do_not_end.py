"""Processes that do not end when they are asked to, or at all: what waits for them goes on after a while."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from local_aws.postgres import server as postgres_server
from local_aws.processes import ProcessRecord
from sample import dev


def test_a_worker_of_postgres_that_cannot_be_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unkillable = ProcessRecord.of(psutil.Process())
    signals = []
    monkeypatch.setattr(os, "kill", lambda *sent: signals.append(sent))
    monkeypatch.setattr(postgres_server, "_workers", lambda _: iter([unkillable]))
    monkeypatch.setattr(postgres_server, "SECONDS_TO_SHUT_DOWN", 0.2)
    postgres_server._end_workers(tmp_path)
    assert set(signals) == {(os.getpid(), signal.SIGKILL)}


def test_a_process_of_make_dev_that_ignores_an_interrupt_is_killed_with_what_it_started(
    capsys: pytest.CaptureFixture[str],
) -> None:
    script = "trap '' INT; sleep 600 & echo $!; wait"
    with subprocess.Popen(["/bin/sh", "-c", script], stdout=subprocess.PIPE, start_new_session=True) as child:
        assert child.stdout
        started = ProcessRecord.of(psutil.Process(int(child.stdout.readline())))

        dev.end(child, 0.2)

        assert child.returncode == -signal.SIGKILL
        assert started.ends_within(5)
    assert capsys.readouterr().out == f"process {child.pid} did not end in 0.2 seconds, so it is killed\n"


def test_a_process_of_make_dev_that_ends_by_an_interrupt_is_not_killed(capsys: pytest.CaptureFixture[str]) -> None:
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as child:
        dev.end(child, 30)
    assert child.returncode == -signal.SIGINT
    assert capsys.readouterr().out == ""
