"""How our programs start: how soon, what they import, and what they refuse before they do anything."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_help_imports_nothing_that_it_can_do_without() -> None:
    code = "import sys, ops.cli; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
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


def test_loading_takes_under_half_a_second_and_no_cdktf() -> None:
    """Processor time of the whole interpreter, so that a busy machine does not fail it."""
    code = (
        "import sys, time; from stacks.settings import load; load('prod');"
        "print(time.process_time()); print(sorted({'cdktf', 'jsii', 'constructs', 'dagster'} & sys.modules.keys()))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, imported = run.stdout.splitlines()
    assert imported == "[]"
    assert float(seconds) < 0.5


def test_nothing_is_synthesized_of_two_that_clash(tmp_path: Path) -> None:
    shutil.copy(ROOT / "main.py", tmp_path)
    for folder in ("stacks", "environments"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(tmp_path / "environments" / "prod.yaml", tmp_path / "environments" / "second.yaml")
    done = subprocess.run(
        [sys.executable, "-P", "main.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "ASSET_MANAGER_ENV": "second"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == (
        "environments/second.yaml:2: name: given 'asset-manager'; allowed: one of its own, and environments/prod.yaml "
        "has the same"
    )
    assert not (tmp_path / "cdktf.out").exists()
