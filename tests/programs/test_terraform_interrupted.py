"""Ctrl-C with the reader of what is printed gone: it ends the `tee` behind a pipe too, and a terminal can be closed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from ops.terraform.project import ROOT

# As Terraform: asked to stop, it says so in several lines, and saves what it has made.
TERRAFORM = """#!/bin/sh
trap 'echo Stopping; echo Stopped; echo made > state; exit 1' INT
echo Creating...
for _ in $(seq 300); do sleep 0.1; done
"""
COMMAND = """
import os, sys
from pathlib import Path
from ops.cli import main
from ops.terraform.run import Terraform
main._run = Terraform(Path(sys.argv[1]) / "terraform", os.environ, Path(sys.argv[1])).apply
main.main()
"""


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A Python of its own, to its end; one that hangs fails."""
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def creating(folder: Path, run: str, command: str) -> subprocess.Popen[str]:
    """Start a command whose Terraform is this script, and return it once Terraform creates something."""
    (folder / "terraform").write_text(run)
    (folder / "terraform").chmod(0o755)
    started = subprocess.Popen(
        [sys.executable, "-c", command, str(folder)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert started.stdout
    assert started.stdout.readline() == "Creating...\n"
    return started


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGHUP])
def test_terraform_is_asked_to_stop_and_saves_its_state(tmp_path: Path, ending: signal.Signals) -> None:
    command = creating(tmp_path, TERRAFORM, COMMAND)
    assert command.stdout
    command.stdout.close()
    command.send_signal(ending)
    assert command.wait(timeout=20) == 130
    assert (tmp_path / "state").read_text() == "made\n"


# It saves what it finds: whether it is asked to stop only after that was made ready.
PREPARED = """#!/bin/sh
trap 'cat ready > state; exit 1' INT
echo Creating...
for _ in $(seq 300); do sleep 0.1; done
"""
PREPARING = """
import os, signal, sys
from pathlib import Path
from ops.cli import main
from ops.terraform.run import Terraform

folder = Path(sys.argv[1])

def prepare():
    (folder / "ready").write_text("ready\\n")
    os.kill(os.getpid(), signal.SIGINT)  # Ctrl-C once more

main._run = Terraform(folder / "terraform", os.environ, folder, before_interrupt=prepare).apply
main.main()
"""


def test_before_terraform_is_asked_to_stop_the_caller_prepares_for_it(tmp_path: Path) -> None:
    command = creating(tmp_path, PREPARED, PREPARING)
    command.send_signal(signal.SIGINT)
    said, _ = command.communicate(timeout=20)
    assert command.returncode == 130, said
    assert (tmp_path / "state").read_text() == "ready\n"


# Ctrl-C just when the thread that relays Terraform's output has started.
STARTING = """
import tempfile, threading
from pathlib import Path
from ops.terraform import run

start = threading.Thread.start

def interrupted(thread):
    start(thread)
    raise KeyboardInterrupt

threading.Thread.start = interrupted
with tempfile.NamedTemporaryFile() as file, run._relayed(Path(file.name)):
    raise AssertionError("not reached")
"""


def test_an_interruption_while_the_relay_starts_leaves_nothing_to_wait_for() -> None:
    done = run(STARTING)
    assert done.stderr.splitlines()[-1] == "KeyboardInterrupt"


# Ctrl-C just when Terraform's process has started, before its object is made.
RACING = """
import os, signal, subprocess, sys
from pathlib import Path
from ops.cli import main
from ops.terraform.run import Terraform

class Racing(subprocess.Popen):
    def _execute_child(self, *given):
        super()._execute_child(*given)
        os.kill(os.getpid(), signal.SIGINT)

subprocess.Popen = Racing
main._run = Terraform(Path(sys.argv[1]) / "terraform", os.environ, Path(sys.argv[1])).apply
main.main()
"""


def test_an_interruption_while_terraform_starts_leaves_none_running(tmp_path: Path) -> None:
    (tmp_path / "terraform").write_text(TERRAFORM)
    (tmp_path / "terraform").chmod(0o755)
    done = run(RACING, str(tmp_path))
    assert done.returncode == 130, done.stderr
    left = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.cwd() == str(tmp_path):
                left.append(process.cmdline())
                process.kill()
    assert left == []
