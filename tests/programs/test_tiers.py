"""A test has one marker, which its folder gives it: tests/conftest.py, in a small tests folder."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"
TIERS = {
    "dagster": "dagster",
    "e2e/scenarios": "scenario",
    "e2e/smoke": "smoke",
    "local_aws": "local_aws",
    "programs": "programs",
    "synth": "synth",
    "unit": "unit",
}
TEST = "def test_it(): pass\n"
# Writes the markers of each collected test.
ABOVE = """
import json
from pathlib import Path

def pytest_collection_finish(session):
    collected = {item.nodeid: [marker.name for marker in item.iter_markers()] for item in session.items}
    Path("collected.json").write_text(json.dumps(collected))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """One test in the folder of each tier, below a copy of tests/conftest.py."""
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    (tmp_path / "conftest.py").write_text(ABOVE)
    (tmp_path / "tests").mkdir()
    shutil.copy(CONFTEST, tmp_path / "tests")
    for folder in TIERS:
        add(tmp_path, f"{folder}/test_one.py", TEST)
    return tmp_path


def add(project: Path, file: str, text: str) -> None:
    path = project / "tests" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def collect(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "--collect-only", "--import-mode=importlib", "--strict-markers"]
    return subprocess.run(
        [*command, *arguments],
        cwd=project,
        env={"PATH": os.environ["PATH"], "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def collected(project: Path, *arguments: str) -> dict[str, list[str]]:
    """The markers of each collected test."""
    done = collect(project, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, list[str]] = json.loads((project / "collected.json").read_text())
    return found


def refused(project: Path) -> str:
    done = collect(project)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR, done.stdout + done.stderr
    return done.stderr


def test_each_test_has_the_marker_of_its_folder_and_no_other(project: Path) -> None:
    expected = {f"tests/{folder}/test_one.py::test_it": [tier] for folder, tier in TIERS.items()}
    assert collected(project) == expected


def test_the_marker_selects_tests(project: Path) -> None:
    expected = {"tests/e2e/smoke/test_one.py::test_it": ["smoke"], "tests/unit/test_one.py::test_it": ["unit"]}
    assert collected(project, "-m", "smoke or unit") == expected


@pytest.mark.parametrize("folder", ["", "support/", "e2e/", "smoke/", "synth/below/"])
def test_a_test_outside_the_folders_of_the_tiers_is_refused(project: Path, folder: str) -> None:
    add(project, f"{folder}test_two.py", TEST)
    assert f"tests/{folder}test_two.py::test_it is in no folder of a tier. There are: " in refused(project)


@pytest.mark.parametrize(
    ("marked", "tier"), [("@pytest.mark.unit", "unit"), ("pytestmark = pytest.mark.smoke", "smoke")]
)
def test_a_test_that_is_marked_by_hand_is_refused(project: Path, marked: str, tier: str) -> None:
    add(project, "unit/test_two.py", f"import pytest\n{marked}\n{TEST}")
    assert f"tests/unit/test_two.py::test_it is marked {tier}: its folder alone says its tier" in refused(project)


def test_what_begins_first_is_collected_first(project: Path) -> None:
    shutil.copy(project / "tests/e2e/scenarios/test_one.py", project / "tests/e2e/scenarios/test_throttled_runs.py")
    smoke, long, *_ = collected(project)
    assert (smoke, long) == (
        "tests/e2e/smoke/test_one.py::test_it",
        "tests/e2e/scenarios/test_throttled_runs.py::test_it",
    )
