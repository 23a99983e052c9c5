"""Newer packages: what `make upgrade` writes into Pipfile, and how it becomes one pull request."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.stand_in_gh import Gh
from tools import dependencies
from tools.upgrade import raised

PIPFILE = """[packages]
pyyaml = "==6.0.3" # read by both
moto = { version = "==5.2.5", extras = ["server"] }
kept = "==1.0.0"

[apart]
pyyaml = "==6.0.1"
"""


def test_a_version_is_raised_in_its_own_table_and_nothing_else_is_touched() -> None:
    found = raised(PIPFILE, ("packages", "dev-packages"), {"pyyaml": "6.0.4", "moto": "5.2.9", "uv": "1.0"})
    assert found == PIPFILE.replace('"==6.0.3"', '"==6.0.4"').replace("==5.2.5", "==5.2.9")
    assert raised(PIPFILE, ("apart",), {"pyyaml": "6.0.4"}) == PIPFILE.replace("==6.0.1", "==6.0.4")


@pytest.fixture
def remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit, and a clone of it in which the module works."""
    remote, clone = tmp_path / "remote", tmp_path / "clone"
    for variable in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(variable, os.devnull)
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", remote], check=True)
    subprocess.run(["git", "clone", "--quiet", remote, clone], check=True, capture_output=True)
    monkeypatch.setattr(dependencies, "ROOT", clone)
    (clone / "Pipfile").write_text(PIPFILE)
    dependencies.git("switch", "--quiet", "--orphan", "main")
    (clone / "Pipfile").write_text(PIPFILE)
    dependencies.git("add", "Pipfile")
    dependencies.git(*dependencies.BOT, "commit", "--quiet", "--message", "First")
    dependencies.git("push", "--quiet", "origin", "main")
    return remote


@pytest.fixture
def gh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gh:
    folder = tmp_path / "gh"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return Gh(folder)


def test_what_is_newer_is_one_commit_on_a_branch_with_one_pull_request(remote: Path, gh: Gh) -> None:
    gh.answer({"pr list": []})
    dependencies.propose()
    assert gh.calls == []

    for version in ("6.0.4", "6.0.5"):
        gh.answer({"pr list": [] if version == "6.0.4" else [{"url": "u"}]})
        dependencies.git("switch", "--quiet", "main")
        (remote.parent / "clone" / "Pipfile").write_text(PIPFILE.replace("6.0.3", version))
        dependencies.propose()
        pushed = subprocess.run(
            ["git", "log", "--format=%an %s", "-p", "main..dependencies"],
            cwd=remote,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert pushed.count("github-actions[bot] Raise the Python packages") == 1
        assert f'+pyyaml = "=={version}"' in pushed
    called = [call.partition(" --")[0] for call, _ in gh.calls]
    assert called == ["pr list", "pr create", "pr list"]
