"""What is reported if somebody kills Terraform, or the machine runs out of memory."""

from pathlib import Path

import pytest

from ops.terraform.failures import KilledError
from ops.terraform.run import Terraform

LOST = (
    "AWS may hold resources that the state does not know, and the lock of the state may be left. Run it again: it says "
    "how to break the lock. If it then fails because a resource already exists, import or delete that resource."
)
NOTHING_LOST = "It changed nothing, but the lock of the state may be left. Run it again: it says how to break the lock."


@pytest.mark.parametrize(("command", "advice"), [("apply", LOST), ("plan", NOTHING_LOST)])
def test_a_killed_terraform_is_one_message(tmp_path: Path, command: str, advice: str) -> None:
    binary = tmp_path / "terraform"
    binary.write_text("#!/bin/sh\nkill -9 $$\n")
    binary.chmod(0o755)
    (tmp_path / "base").mkdir()
    terraform = Terraform(binary, {}, tmp_path / "base")
    with pytest.raises(KilledError) as killed:
        getattr(terraform, command)()
    assert str(killed.value) == (
        f"Terraform was killed (signal 9) during terraform {command} of base, by a person or because the machine ran "
        f"out of memory. {advice}"
    )
