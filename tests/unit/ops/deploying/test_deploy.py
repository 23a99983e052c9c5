"""What a deploy validates before it changes anything."""

from __future__ import annotations

import pytest

from ops.checking.report import Check
from ops.console.finding import CannotLookError, Finding, failed, ok
from ops.deploying import deploy
from ops.deploying.deploy import failed_already
from settings.load import load


def test_what_is_failed_already_is_validated_once_and_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def refused() -> Finding:
        asked.append("server_info")
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
    assert asked == ["server_info"]
    assert capsys.readouterr().out.splitlines()[1:] == [
        "    failed already, and will not count: server_info: https://dg.example.com does not answer"
    ]
