"""The exit codes of main.py, which imports nothing of ops, become the errors that they stand for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ops.console.errors import DiskFullError, NotWritableError, OperatorError
from ops.terraform import project
from settings.errors import SettingsError


@pytest.mark.parametrize(
    ("code", "message", "error"),
    [
        (3, "environments/prod.yaml:1: region: given 'moon'", SettingsError),
        (4, "the Terraform JSON could not be written (ENOSPC: no space left on device)", DiskFullError),
        (4, "the Terraform JSON could not be written (EACCES: permission denied)", NotWritableError),
        (1, "Traceback (most recent call last):", OperatorError),
    ],
)
def test_a_synthesis_that_fails_raises_its_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: int, message: str, error: type[Exception]
) -> None:
    monkeypatch.setattr(project, "_main", lambda _: subprocess.CompletedProcess([], code, "", f"{message}\n"))
    with pytest.raises(error) as raised:
        project.synthesize("prod", tmp_path / "out", {})
    assert raised.type is error
    assert str(raised.value).startswith(message)
