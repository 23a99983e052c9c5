"""Where the Terraform JSON cannot be written: one message, and nothing half done."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.repository import ROOT


@pytest.mark.parametrize(
    ("above", "reason"), [("a-file", "ENOTDIR: not a directory"), ("missing", "ENOENT: no such file or directory")]
)
def test_a_synthesis_that_cannot_be_written_says_so(above: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "a-file").touch()
    done = subprocess.run(
        [sys.executable, "-P", "main.py"],
        cwd=ROOT,
        env={**os.environ, "CDKTF_OUTDIR": str(tmp_path / above / "out")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert done.stderr.splitlines()[-1].startswith(f"the Terraform JSON could not be written ({reason})")
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == [tmp_path / "a-file"]
