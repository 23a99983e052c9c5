"""The question before an apply, and a plan that Terraform does not start."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ops.console.errors import LockHeldError, NotConfirmedError, OperatorError
from ops.terraform.plan_and_apply import SavedPlan, ask, plan_folder, planned
from ops.terraform.run import StalePlanError


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, typed: str | None) -> None:
    """None is Ctrl-D."""

    def answer(_what: str) -> str:
        if typed is None:
            raise EOFError
        return typed

    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("builtins.input", answer)


@pytest.mark.parametrize("typed", ["yes", " YES "])
def test_yes_goes_on(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    at_a_terminal(monkeypatch, typed)
    ask("deploy this", "Nothing was changed.")


@pytest.mark.parametrize("typed", ["y", "no", "", None])
def test_anything_else_does_not_nor_does_ctrl_d(monkeypatch: pytest.MonkeyPatch, typed: str | None) -> None:
    at_a_terminal(monkeypatch, typed)
    with pytest.raises(NotConfirmedError, match=r"^not deployed\. Nothing was changed\.$"):
        ask("deploy this", "Nothing was changed.")


def test_where_nobody_can_be_asked_yes_is_to_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("yes\n"))
    with pytest.raises(NotConfirmedError, match=r"nobody is at this terminal to be asked: deploy this\? Say --yes\."):
        ask("deploy this", "Nothing was changed.")


class Stack:
    stack = "services"

    def __init__(self, refusal: Exception | None) -> None:
        self.refusal = refusal
        self.applied: list[Path] = []

    def save_plan(self, _file: Path) -> dict[str, Any]:
        change: dict[str, Any] = {"actions": ["create"], "before": None, "after": {}}
        return {"resource_changes": [{"address": "aws_lb.web", "type": "aws_lb", "change": change}]}

    def apply_plan(self, file: Path) -> None:
        self.applied.append(file)
        if self.refusal:
            raise self.refusal


def plan_of(stack: Stack, folder: Path) -> SavedPlan:
    return planned(cast("Any", stack), folder)


def test_the_plan_that_was_printed_is_the_one_that_is_applied(capsys: pytest.CaptureFixture[str]) -> None:
    stack = Stack(None)
    with plan_folder() as folder:
        plan = plan_of(stack, folder)
        plan.apply("Nothing was changed.")
    assert stack.applied == [plan.file]
    printed = capsys.readouterr().out
    assert printed.startswith("==> terraform plan: services\nservices: 1 to create\n")
    assert printed.endswith("==> terraform apply: services\n")
    assert not folder.exists()


@pytest.mark.parametrize("refusal", [LockHeldError("locked by ada@laptop."), StalePlanError("the state moved on.")])
def test_a_plan_that_terraform_does_not_start_says_what_is_as_it_was(refusal: OperatorError, tmp_path: Path) -> None:
    with pytest.raises(type(refusal), match=rf"^{refusal} base is deployed\.$"):
        plan_of(Stack(refusal), tmp_path).apply("base is deployed.")
