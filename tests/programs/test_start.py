"""How our programs start: how soon, what they import, and what they refuse before they do anything."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.repository import ROOT


def test_help_imports_nothing_that_it_can_do_without() -> None:
    code = "import sys, ops.cli.main; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"boto3", "cdktf", "pydantic", "dagster", "psutil"} & set(done.stdout.split())


@pytest.mark.parametrize(
    ("typed", "completed"), [("asset-manager depl", "deploy"), ("asset-manager plan -e stag", "staging")]
)
def test_a_shell_completes_verbs_and_environments(typed: str, completed: str) -> None:
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


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What `main.py` reads before it imports cdktf, to be spoilt."""
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
    for line, spoilt in (
        ("region: us-west-1", "region: moon"),
        ("  port: 3000", "  port: 0"),
        ("web:", "colour: red\nweb:"),
    ):
        file.write_text(re.sub(f"^{line}$", spoilt, file.read_text(), count=1, flags=re.MULTILINE))
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


def test_nothing_is_synthesized_of_two_that_clash(copy: Path) -> None:
    shutil.copy(copy / "environments" / "prod.yaml", copy / "environments" / "second.yaml")
    done = synthesized(copy, "second")
    assert done.returncode == 3
    assert done.stderr.splitlines()[0] == (
        "environments/second.yaml:2: name: given 'asset-manager'; allowed: one of its own, and environments/prod.yaml "
        "has the same"
    )
    assert not (copy / "cdktf.out").exists()
