"""A rotation that stores the secret, and then cannot roll the services onto it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ops.aws import in_progress
from ops.console.errors import LockHeldError
from ops.deploying import secrets_set
from ops.terraform import workspace
from ops.terraform.project import ROOT


@dataclass
class Stack:
    """What is asked of Terraform."""

    refusal: Exception | None = None
    environ: dict[str, str] = field(default_factory=dict)

    def apply(self) -> None:
        if self.refusal:
            raise self.refusal


def test_it_is_said_that_the_secret_is_stored_and_the_file_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "environments" / "prod.yaml"
    file.parent.mkdir()
    shutil.copy(ROOT / "environments" / "prod.yaml", file)
    monkeypatch.setattr(secrets_set, "ROOT", tmp_path)
    monkeypatch.setattr(secrets_set, "_ask", lambda _name: "new")
    monkeypatch.setattr(secrets_set, "require_values", lambda *_: None)
    monkeypatch.setattr(in_progress, "refuse", lambda _settings: None)
    monkeypatch.setattr(workspace, "check_credentials", lambda _settings: None)
    monkeypatch.setattr(workspace, "plan", lambda _environment: False)
    stacks = [Stack(), Stack(LockHeldError("the state of services is locked by ada."))]
    monkeypatch.setattr(workspace, "prepare", lambda _environment: stacks)
    with pytest.raises(LockHeldError) as refused:
        secrets_set.rotate("DAGSTER_PG_PASSWORD", "prod")
    assert str(refused.value).startswith(
        "the state of services is locked by ada.\n"
        "DAGSTER_PG_PASSWORD is stored as version 2; commit environments/prod.yaml, which says so."
    )
    assert "dagster_pg_password: 2\n" in file.read_text()
