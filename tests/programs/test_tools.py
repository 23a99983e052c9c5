"""`python -m tools` in a process: what a machine lacks is one message, without a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ops.console.errors import OperatorError, ToolMissingError
from tests.support.ports import free_port
from tests.support.repository import ROOT


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine without any program on PATH and without a network."""
    nothing = f"http://127.0.0.1:{free_port()}"
    return {
        "PATH": str(tmp_path),
        "HOME": str(tmp_path),
        "UV_CACHE_DIR": str(tmp_path / "uv"),
        "UV_NO_CONFIG": "1",
        "UV_INDEX_URL": nothing,
        "UV_HTTP_RETRIES": "0",
        "LOCAL_WEB_PORT": nothing.rpartition(":")[2],
        "GITHUB_RUN_ID": "1",
    }


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("browser", ToolMissingError.exit_code, "there is no Chromium"),
        ("dependencies", ToolMissingError.exit_code, "git does not start (No such file or directory)"),
        ("nightly-issue", ToolMissingError.exit_code, "this needs GitHub's `gh` on PATH"),
        ("prove-image", ToolMissingError.exit_code, "buildah is not on PATH"),
        ("screenshots", ToolMissingError.exit_code, "there is no Chromium"),
        ("lock", OperatorError.exit_code, "uv did not resolve the packages of requirements.lock"),
        ("upgrade", OperatorError.exit_code, "uv did not resolve the packages of newest"),
    ],
)
def test_what_the_machine_lacks_is_one_message(machine: dict[str, str], command: str, code: int, said: str) -> None:
    files = [ROOT / "requirements.lock", ROOT / "Pipfile"]
    before = [file.read_bytes() for file in files]
    done = subprocess.run(
        [sys.executable, "-m", "tools", command], cwd=ROOT, env=machine, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith("asset-manager: ")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert [file.read_bytes() for file in files] == before
