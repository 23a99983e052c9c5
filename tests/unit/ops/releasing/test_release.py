"""Each command loads the settings once and asks AWS for the caller once, and hands both down."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import settings.load
from ops.aws import in_progress, parameters
from ops.aws.clients import Clients
from ops.aws.ecr import Registry
from ops.deploying import deploy, releases
from ops.deploying.releases import Serving
from ops.releasing import image_change, release, rollback
from ops.terraform import toolchain, workspace
from ops.terraform.project import ROOT
from ops.terraform.run import Terraform

DIGEST = "sha256:" + "a" * 64
CALLER = "arn:aws:sts::111122223333:assumed-role/deploy/alice"
SERVING = Serving(digest=DIGEST, since=datetime(2026, 11, 24, tzinfo=UTC), web="web:1", daemon="daemon:1", run="run:1")
UPDATE = {"actions": ["update"], "before": {"image": "v1"}, "after": {"image": "v2"}}
PLAN = {"resource_changes": [{"address": "aws_ecs_service.web", "type": "aws_ecs_service", "change": UPDATE}]}


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the commands load, ask, apply and record; AWS and Terraform are stubs."""
    asked: list[str] = []
    real = settings.load.load

    def load(environment: str) -> object:
        asked.append("load")
        return real(environment)

    def identity() -> dict[str, str]:
        asked.append("GetCallerIdentity")
        return {"Account": "111122223333", "Arn": CALLER}

    for name, module in list(sys.modules.items()):
        if name.startswith("ops.") and getattr(module, "load", None) is real:
            monkeypatch.setattr(module, "load", load)
    clients = SimpleNamespace(sts=SimpleNamespace(get_caller_identity=identity), ecs=None, ssm=None)
    monkeypatch.setattr(Clients, "of_shell", lambda _region: clients)
    monkeypatch.setattr(Registry, "require", lambda *_: DIGEST)
    monkeypatch.setattr(in_progress, "refuse", lambda _settings: None)
    monkeypatch.setattr(releases, "what_serves", lambda _account: SERVING)
    monkeypatch.setattr(parameters, "history", lambda *_: [])
    monkeypatch.setattr(parameters, "put", lambda _ssm, _name, record: asked.append(record))
    for module in (deploy, image_change):
        monkeypatch.setattr(module, "failed_checks", lambda _settings: [])
    monkeypatch.setattr(image_change, "failed_already", lambda _settings: [])
    monkeypatch.setattr(deploy, "require_values", lambda *_: None)
    for module in (workspace, image_change):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    shutil.copytree(ROOT / "environments", tmp_path / "environments")
    monkeypatch.setattr(toolchain, "environment", lambda _root: {"TERRAFORM_BINARY_NAME": "terraform"})
    monkeypatch.setattr(workspace, "synthesize", lambda *_: None)
    does: dict[str, Callable[..., Any]] = {
        "init": lambda _stack: None,
        "plan": lambda _stack: False,
        "save_plan": lambda *_: PLAN,
        "apply_plan": lambda stack, _file: asked.append(f"apply {stack.stack}"),
        "state": lambda _stack: {},
    }
    for method, answer in does.items():
        monkeypatch.setattr(Terraform, method, answer)
    return asked


def test_deploy(asked: list[str]) -> None:
    assert deploy.deploy("prod", yes=True, supersede=False, validate=True) == 0
    *steps, record = asked
    assert steps == ["load", "GetCallerIdentity", "apply base", "apply services"]
    assert CALLER in record


def test_release(asked: list[str]) -> None:
    release.release("prod", "v2", build=False, yes=True, validate=True)
    *steps, found, record = asked
    assert steps[:2] == ["load", "GetCallerIdentity"]
    assert "load" not in steps[2:]
    assert "GetCallerIdentity" not in steps[2:]
    assert CALLER not in found
    assert CALLER in record


def test_rollback(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = SimpleNamespace(tag="v0", digest=DIGEST)
    monkeypatch.setattr("ops.deploying.release_record.previous", lambda *_: earlier)
    rollback.rollback("prod", None, yes=True, validate=True)
    assert asked.count("load") == asked.count("GetCallerIdentity") == 1
    assert "apply services" in asked
