"""A rotation that stores the secret, and then cannot roll the services onto it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ops.aws import account, in_progress
from ops.console.errors import LockHeldError
from ops.deploying import secrets_set
from ops.terraform import plan, workspace
from ops.terraform.project import ROOT


@dataclass
class Stack:
    """What is asked of Terraform."""

    stack: str
    refusal: Exception | None = None
    environ: dict[str, str] = field(default_factory=dict)

    def save_plan(self, _file: Path) -> dict[str, Any]:
        return {}

    def apply_plan(self, _file: Path) -> None:
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
    monkeypatch.setattr(account, "check_credentials", lambda *_: "")
    monkeypatch.setattr(plan, "is_anything_to_change", lambda _workspace: False)
    services = Stack("services", LockHeldError("the state of services is locked by ada."))
    stacks = SimpleNamespace(base=Stack("base"), services=services, synthesize=lambda: None)
    monkeypatch.setattr(workspace, "prepare", lambda _account: stacks)
    with pytest.raises(LockHeldError) as refused:
        secrets_set.rotate("DAGSTER_PG_PASSWORD", "prod")
    assert str(refused.value).startswith(
        "the state of services is locked by ada. The services are as they were.\n"
        "DAGSTER_PG_PASSWORD is stored as version 2; commit environments/prod.yaml, which says so."
    )
    assert "dagster_pg_password: 2\n" in file.read_text()
