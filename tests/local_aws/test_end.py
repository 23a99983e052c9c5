"""The end of the local AWS is the end of its tasks, whether it was asked to end or killed."""

from __future__ import annotations

import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from local_aws import emulator
from local_aws.config import Config
from local_aws.errors import LocalAwsError, PortInUseError
from tests.support.local_config import config_in

from .local_ecs import ACCOUNT, SPEED, LocalEcs, marked, start, until

DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
CHILD = (
    "import subprocess; subprocess.Popen(['python', '-c', 'import time; time.sleep(600) # {0}'], start_new_session=1)"
)


def same(local: LocalEcs) -> Config:
    """The config of this local AWS."""
    config = config_in(local.directory, ACCOUNT, port=local.running.port, speed=SPEED)
    return replace(config, web_port=local.running.web_port)


def three_processes(local: LocalEcs, mark: str) -> None:
    """One that ends when asked, one that does not, and a child in a session of its own."""
    local.run(local.define("asked", ["python", "-c", f"import time; time.sleep(600)  # {mark}"]))
    local.run(local.define("deaf", ["python", "-c", f"{CHILD.format(mark)}; {DEAF}  # {mark}"]))
    until(lambda: marked(mark), lambda found: len(found) == 3)


def test_nothing_runs_after_the_local_aws_was_stopped(tmp_path: Path) -> None:
    local = start(tmp_path)
    three_processes(local, "until-stopped")
    emulator.stop(tmp_path)
    assert marked("until-stopped") == []
    assert (tmp_path / "emulator.log").read_text() == ""


def test_the_next_start_ends_what_a_killed_one_left(tmp_path: Path) -> None:
    local = start(tmp_path)
    three_processes(local, "until-the-next")
    os.kill(local.running.pid, signal.SIGKILL)
    until(lambda: emulator.running(tmp_path), lambda running: running is None)
    assert len(marked("until-the-next")) == 3
    start(tmp_path)
    try:
        assert marked("until-the-next") == []
    finally:
        emulator.stop(tmp_path)


def test_a_stop_ends_what_a_killed_one_left(tmp_path: Path) -> None:
    local = start(tmp_path)
    three_processes(local, "until-the-stop")
    os.kill(local.running.pid, signal.SIGKILL)
    until(lambda: emulator.running(tmp_path), lambda running: running is None)
    shutil.rmtree(tmp_path / "tasks")
    assert emulator.stop(tmp_path) is True
    assert marked("until-the-stop") == []
    assert emulator.stop(tmp_path) is False


def test_a_front_door_that_is_taken_is_refused(local: LocalEcs, tmp_path: Path) -> None:
    port = local.running.web_port
    with pytest.raises(PortInUseError) as refused:
        emulator.start(replace(config_in(tmp_path, ACCOUNT), web_port=port))
    problem = str(refused.value)
    assert problem.startswith(f"port {port} on 127.0.0.1 is in use by process {local.running.pid} (")
    assert problem.endswith(
        "and the local web server wants it. Stop that program, or choose another port: "
        f"LOCAL_WEB_PORT={port + 1} make local"
    )


def test_a_local_aws_that_is_up_keeps_its_speed(local: LocalEcs) -> None:
    with pytest.raises(LocalAwsError) as refused:
        emulator.start(replace(same(local), speed=SPEED + 1))
    assert str(refused.value) == (
        f"a local AWS is already up with LOCAL_AWS_SPEED={SPEED}, and {SPEED + 1} is asked for. "
        "Stop that one first: make local-down"
    )


def test_a_local_aws_that_is_up_keeps_its_front_door(local: LocalEcs) -> None:
    port = local.running.web_port
    with pytest.raises(LocalAwsError) as refused:
        emulator.start(replace(same(local), web_port=port + 1))
    assert str(refused.value) == (
        f"a local AWS is already up with the web server on port {port}, and port {port + 1} is asked for. "
        "Stop that one first: make local-down"
    )
