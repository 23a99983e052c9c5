"""GitHub's schemas and zizmor, really run: our workflows pass, and what is wrong does not."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ops.terraform.project import ROOT
from tools.workflows import problems


def test_ours_are_as_they_should_be() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.workflows"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("file", "pattern", "replacement", "said"),
    [
        ("workflows/test.yml", r"@[0-9a-f]{40} # v4\.2\.2", "@v4", "unpinned-uses"),
        ("workflows/test.yml", "timeout-minutes", "timeout-minute", "'timeout-minute'"),
        ("workflows/plan.yml", "  pull_request:\n", "  pull_request_target:\n", "dangerous-triggers"),
        (
            "workflows/plan.yml",
            "make plan-comment",
            "echo ${{ github.event.pull_request.title }}",
            "template-injection",
        ),
        ("workflows/plan.yml", "persist-credentials: false", "fetch-depth: 1", "artipacked"),
        (
            "workflows/drift.yml",
            r"    permissions:\n      contents.*\n      id-token.*\n      issues.*\n",
            "    permissions: write-all\n",
            "excessive-permissions",
        ),
        ("workflows/drift.yml", r"cron: ", "crown: ", "crown"),
        ("dependabot.yml", "interval: weekly", "interval: always", "always"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, file: str, pattern: str, replacement: str, said: str) -> None:
    folder = tmp_path / ".github"
    shutil.copytree(ROOT / ".github", folder)
    text, count = re.subn(pattern, replacement, (folder / file).read_text())
    assert count
    (folder / file).write_text(text)
    found = problems(folder)
    assert said in found, found
    assert file in found
