"""The fast import against the stock one of the real provider (some 20 s), and jsii with its own cache out of reach."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.repository import ROOT

RUN_MAIN = """
sys.path.insert(0, "")
runpy.run_path("main.py", run_name="__main__")
"""
ARMED = "import runpy, sys, asset_manager_constructs"
# Armed as ever, and then taken away: the product has no switch for it.
DISARMED = f"""{ARMED}
sys.meta_path[:] = [f for f in sys.meta_path if type(f).__module__ != "asset_manager_constructs.aws_bindings"]
"""


def synthesized(command: list[str], out: Path, **environment: str) -> dict[str, bytes]:
    environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environ |= {"ASSET_MANAGER_ENV": "prod", "CDKTF_OUTDIR": str(out)} | environment
    result = subprocess.run(
        [sys.executable, "-P", *command], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert "asset-manager: the fast import" not in result.stderr
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return synthesized(["main.py"], tmp_path_factory.mktemp("fast"))


def test_both_imports_synthesize_the_same_bytes(fast: dict[str, bytes], tmp_path: Path) -> None:
    assert {"stacks/base/cdk.tf.json", "stacks/services/cdk.tf.json"} <= set(fast)
    assert synthesized(["-c", DISARMED + RUN_MAIN], tmp_path) == fast


def test_a_home_directory_that_cannot_be_written_is_no_obstacle(fast: dict[str, bytes], tmp_path: Path) -> None:
    # jsii keeps its own cache there, and refuses to start without it.
    (tmp_path / "file").write_text("")
    assert synthesized(["-c", ARMED + RUN_MAIN], tmp_path / "out", HOME=str(tmp_path / "file" / "home")) == fast
