"""What a deploy asks, and what it looks at before it."""

from __future__ import annotations

from io import StringIO
from types import SimpleNamespace

import pytest

from ops.checking.report import Check
from ops.console.errors import NotConfirmedError
from ops.console.finding import CannotLookError, Finding, failed, ok
from ops.deploying import deploy
from ops.deploying.deploy import ask_operator, failed_already
from settings.load import load


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
    ask_operator("deploy this", "Nothing was changed.")


@pytest.mark.parametrize("typed", ["y", "no", "", None])
def test_anything_else_does_not_nor_does_ctrl_d(monkeypatch: pytest.MonkeyPatch, typed: str | None) -> None:
    at_a_terminal(monkeypatch, typed)
    with pytest.raises(NotConfirmedError, match=r"^not deployed\. Nothing was changed\.$"):
        ask_operator("deploy this", "Nothing was changed.")


def test_where_nobody_can_be_asked_yes_is_to_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("yes\n"))
    with pytest.raises(NotConfirmedError, match=r"nobody is at this terminal to be asked: deploy this\? Say --yes\."):
        ask_operator("deploy this", "Nothing was changed.")


def test_what_is_failed_already_is_looked_at_once_and_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    looks = []

    def refused() -> Finding:
        looks.append("server_info")
        return failed("https://dg.example.com does not answer", "Look at allowed_cidrs.")

    def behind_sign_in() -> Finding:
        raise CannotLookError("GraphQL is behind sign-in", "Forward a port.")

    checks = [
        Check("sign-in", lambda: ok("as it should be")),
        Check("server_info", refused),
        Check("assets", lambda: ok("there"), needs="server_info"),
        Check("daemon heartbeats", behind_sign_in),
    ]
    monkeypatch.setattr(deploy, "standing_checks", lambda _deployment: checks)
    assert failed_already(load("prod")) == ["server_info"]
    assert looks == ["server_info"]
    assert capsys.readouterr().out.splitlines()[1:] == [
        "    failed already, and will not count: server_info: https://dg.example.com does not answer"
    ]
