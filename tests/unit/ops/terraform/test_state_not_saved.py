"""A state that Terraform could not save is in the folder that the next synthesis would write again."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.aws.account import Account
from ops.aws.clients import Clients
from ops.terraform import toolchain, workspace
from ops.terraform.run import StateNotSavedError
from settings.load import load


def test_nothing_is_begun_before_it_is_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def synthesize(*_: object) -> None:
        raise AssertionError("the folder would be written again")

    monkeypatch.setattr(workspace, "ROOT", tmp_path)
    monkeypatch.setattr(toolchain, "environment", lambda _root: {"TERRAFORM_BINARY_NAME": "terraform"})
    monkeypatch.setattr(workspace, "synthesize", synthesize)
    unsaved = tmp_path / "cdktf.out" / "environments" / "prod" / "stacks" / "base" / "errored.tfstate"
    unsaved.parent.mkdir(parents=True)
    unsaved.write_text("{}")
    with pytest.raises(StateNotSavedError) as refused:
        workspace.prepare(Account(settings=load("prod"), clients=Clients.of_shell("us-west-1"), caller=""))
    assert str(refused.value).startswith(f"{unsaved} is a state that Terraform could not save")
