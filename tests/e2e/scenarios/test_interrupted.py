"""Runs of `make local` that are stopped half way. Each test has a tree of its own, in which nothing was started yet."""

import re
import signal
from collections.abc import Iterator

import psutil
import pytest

from tests.support.deployed import Tree
from tests.support.interrupting import read_until

FROM_NOTHING = (
    "==> Terraform was killed, or `make local` while Terraform was at work. The local AWS starts from nothing\n"
)


@pytest.fixture
def tree() -> Iterator[Tree]:
    with Tree.copied() as tree:
        yield tree


def of_terraform(tree: Tree) -> list[psutil.Process]:
    """Processes at work in the tree's stacks."""
    found = []
    for process in psutil.process_iter():
        try:
            ours = process.cwd().startswith(str(tree.root / ".local" / "cdktf.out"))
            if ours and process.name().startswith("terraform") and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_lets_terraform_save_its_state(tree: Tree, ending: signal.Signals) -> None:
    command = tree.start("local", "up")
    read_until(command, "==> terraform apply: base")
    read_until(command, "Creating...")
    command.send_signal(ending)
    said, _ = command.communicate(timeout=120)
    assert command.returncode == 130
    assert "stopping: Terraform ends what it has begun in base and saves its state" in said
    assert said.endswith("asset-manager: interrupted; the next run goes on from here.\n")
    assert "Traceback" not in said
    assert of_terraform(tree) == []


def test_the_next_run_goes_on_from_what_an_interrupted_one_created(tree: Tree) -> None:
    first = tree.start("local", "up")
    printed = read_until(first, "==> terraform apply: base") + read_until(first, "Creation complete")
    first.send_signal(signal.SIGINT)
    printed += first.communicate(timeout=120)[0]
    assert first.returncode == 130, printed
    created = set(re.findall(r"^(\S+): Creation complete", printed, re.MULTILINE))

    second = tree.start("local", "up")
    printed = read_until(second, "==> terraform init: services")
    second.send_signal(signal.SIGINT)
    second.communicate(timeout=120)
    assert "The local AWS starts from nothing" not in printed
    planned = set(re.findall(r"^    create +(\S+)", printed, re.MULTILINE))
    assert planned
    assert not created & planned
    assert not created & set(re.findall(r"^(\S+): Creating", printed, re.MULTILINE))


def test_a_run_that_died_while_terraform_was_at_work_starts_from_nothing(tree: Tree) -> None:
    killed = tree.start("local", "up")
    read_until(killed, "==> terraform apply: base")
    read_until(killed, "Creating...")
    killed.kill()
    killed.wait()
    assert of_terraform(tree), "Terraform outlives the run, as it would on a laptop"

    command = tree.start("local", "up")
    printed = read_until(command, "==> terraform apply: base")
    command.send_signal(signal.SIGINT)
    command.communicate(timeout=120)
    assert of_terraform(tree) == []
    assert killed.stdout is not None
    killed.stdout.close()
    assert FROM_NOTHING in printed


def test_a_terraform_that_is_killed_is_one_message_and_the_next_run_starts_from_nothing(tree: Tree) -> None:
    command = tree.start("local", "up")
    read_until(command, "==> terraform apply: base")
    read_until(command, "Creation complete")  # its state is not saved yet
    for terraform in of_terraform(tree):
        terraform.kill()
    said, _ = command.communicate(timeout=60)
    assert command.returncode == 1
    assert said.splitlines()[-1] == (
        "asset-manager: Terraform was killed (signal 9) during terraform apply of base, by a person or because the "
        "machine ran out of memory. The state may lack what it made. Run `make local` again: it starts the local AWS "
        "from nothing; Dagster's history stays."
    )

    again = tree.start("local", "up")
    printed = read_until(again, "==> terraform apply: base")
    read_until(again, "Creating...")  # the lock of the dead one is gone
    again.send_signal(signal.SIGINT)
    again.communicate(timeout=120)
    assert FROM_NOTHING in printed
    assert "in no state, removed: arn:aws:" in printed


def test_an_emulator_that_dies_under_terraform_is_one_message(tree: Tree) -> None:
    command = tree.start("local", "up")
    read_until(command, "==> terraform apply: base")
    read_until(command, "Creating...")
    (emulator,) = [
        process
        for process in psutil.process_iter(["cmdline"])
        if "local_aws.emulator" in (process.info["cmdline"] or []) and str(tree.port) in process.info["cmdline"]
    ]
    emulator.kill()
    said, _ = command.communicate(timeout=30)
    assert command.returncode == 1
    assert said.splitlines()[-1].startswith("asset-manager: the local AWS ended while it was deployed to; its log is ")
    assert said.splitlines()[-1].endswith("Run `make local` again: it goes on from what the local AWS saved last.")
