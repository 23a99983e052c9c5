"""GitHub's schemas and zizmor on the real workflows, which pass, and on mistakes, which do not."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ops.terraform.project import ROOT
from tools.workflows import problems


def test_the_workflows_have_no_problem() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools", "workflows"], cwd=ROOT, capture_output=True, text=True, check=False
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
def test_a_mistake_is_reported(tmp_path: Path, file: str, pattern: str, replacement: str, said: str) -> None:
    folder = tmp_path / ".github"
    shutil.copytree(ROOT / ".github", folder)
    text, count = re.subn(pattern, replacement, (folder / file).read_text())
    assert count
    (folder / file).write_text(text)
    found = problems(folder)
    assert said in found, found
    assert file in found
