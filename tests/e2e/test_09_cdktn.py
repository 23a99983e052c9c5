"""The way out of cdktf's end, walked: both environments under cdktn too."""

import subprocess
import sys

from .deployed import ROOT


def test_the_same_sources_make_the_same_json_under_cdktn() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ops.check_cdktn"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        "==> prod under both",
        "==> staging under both",
        "the JSON is the same but for the tool's version and the provider's source and version",
    ]
