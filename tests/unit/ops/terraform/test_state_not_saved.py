"""A state that Terraform could not save lies in the folder that the next synthesis would write anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.terraform import toolchain, workspace
from ops.terraform.run import StateNotSavedError


def test_nothing_is_begun_before_it_is_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def synthesize(*_: object) -> None:
        raise AssertionError("the folder would be written anew")

    monkeypatch.setattr(workspace, "ROOT", tmp_path)
    monkeypatch.setattr(workspace, "check_credentials", lambda _settings: None)
    monkeypatch.setattr(toolchain, "environment", lambda _root: {"TERRAFORM_BINARY_NAME": "terraform"})
    monkeypatch.setattr(workspace, "synthesize", synthesize)
    unsaved = tmp_path / "cdktf.out" / "environments" / "prod" / "stacks" / "base" / "errored.tfstate"
    unsaved.parent.mkdir(parents=True)
    unsaved.write_text("{}")
    with pytest.raises(StateNotSavedError) as refused:
        workspace.prepare("prod")
    assert str(refused.value).startswith(f"{unsaved} is a state that Terraform could not save")
