"""How the programs start: what they import, and what they refuse before they do anything."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.repository import ROOT


@pytest.mark.parametrize("group", [[], ["local"]])
def test_help_imports_no_module_of_a_command(group: list[str]) -> None:
    code = (
        "import atexit, sys; from ops.cli.main import main;"
        f"sys.argv = ['asset-manager', *{group}, '--help'];"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr)); main()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    imported = done.stderr.split()
    assert "Commands:" in done.stdout
    assert {name for name in imported if name.startswith("ops.")} == {
        *("ops.cli", "ops.cli.main", "ops.cli.table"),
        *("ops.console", "ops.console.errors", "ops.console.output", "ops.console.program"),
    }
    # Typer itself imports pydantic where it parses the name of a group.
    forbidden = {"boto3", "cdktf", "dagster", "psutil", "yaml", "rich", *([] if group else ["pydantic"])}
    assert not forbidden & set(imported)


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("asset-manager depl", "deploy"),
        ("asset-manager secrets li", "list"),
        ("asset-manager plan -e stag", "staging"),
        ("asset-manager env remove stag", "staging"),
        ("asset-manager prune --dry", "--dry-run"),
    ],
)
def test_a_shell_completes_commands_and_environments(typed: str, completed: str) -> None:
    asked = {"COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" ")), "_ASSET_MANAGER_COMPLETE": "complete_bash"}
    command = [str(Path(sys.executable).with_name("asset-manager"))]
    done = subprocess.run(command, env=asked, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [completed]


def test_loading_the_settings_imports_no_cdktf() -> None:
    code = (
        "import sys; from settings.load import load; load('prod');"
        "print(sorted({'cdktf', 'jsii', 'constructs', 'dagster'} & sys.modules.keys()))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


def test_a_synthesis_starts_the_locked_node_and_not_one_on_path(tmp_path: Path) -> None:
    node = tmp_path / "node"
    node.write_text("#!/bin/sh\nexit 1\n")
    node.chmod(0o755)
    environ = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "HOME": os.environ["HOME"],
        "CDKTF_OUTDIR": str(tmp_path / "out"),
    }
    done = subprocess.run(
        [sys.executable, "-P", "main.py"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The files that `main.py` reads before it imports cdktf, for a test to damage."""
    shutil.copy(ROOT / "main.py", tmp_path)
    for folder in ("settings", "stacks", "environments"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def synthesized(copy: Path, environment: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "main.py"],
        cwd=copy,
        env={"PYTHONPATH": str(copy), "ASSET_MANAGER_ENV": environment, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_file_with_several_problems_is_refused_with_all_of_them_before_cdktf_is_imported(copy: Path) -> None:
    file = copy / "environments" / "prod.yaml"
    for line, wrong in (
        ("region: us-west-1", "region: moon"),
        ("  port: 3000", "  port: 0"),
        ("web:", "colour: red\nweb:"),
    ):
        file.write_text(re.sub(f"^{line}$", wrong, file.read_text(), count=1, flags=re.MULTILINE))
    done = synthesized(copy, "prod", PYTHONPROFILEIMPORTTIME="1")
    lines = done.stderr.splitlines()
    imported = {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}
    assert (done.returncode, done.stdout) == (3, "")
    assert "Traceback" not in done.stderr
    assert [line.split(": ")[1] for line in lines if not line.startswith("import time:")] == [
        "region",
        "colour",
        "web.port",
    ]
    assert "settings.load" in imported
    assert not {"cdktf", "jsii", "constructs"} & imported


def test_two_environments_that_clash_are_not_synthesized(copy: Path) -> None:
    shutil.copy(copy / "environments" / "prod.yaml", copy / "environments" / "second.yaml")
    done = synthesized(copy, "second")
    assert done.returncode == 3
    assert done.stderr.splitlines()[0] == (
        "environments/second.yaml:2: name: given 'asset-manager'; allowed: one of its own, and environments/prod.yaml "
        "has the same"
    )
    assert not (copy / "cdktf.out").exists()
