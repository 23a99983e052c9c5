"""docker/entrypoint: Dagster's configuration into its place, then the command."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

from tests.support.repository import ROOT

ENTRYPOINT = ROOT / "docker" / "entrypoint"
PATH = "/usr/bin:/bin"


def entrypoint(environ: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ENTRYPOINT, *command], env={"PATH": PATH, **environ}, capture_output=True, text=True, check=False
    )


def test_the_configuration_is_written_for_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "opt" / "dagster_home"
    text = "storage:\n  a: '$HOME \\n %s'"
    done = entrypoint({"DAGSTER_HOME": str(home), "DAGSTER_YAML": text}, "cat", str(home / "dagster.yaml"))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{text}\n", "")
    assert stat.S_IMODE((home / "dagster.yaml").stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == ["dagster.yaml"]


def test_an_old_configuration_is_replaced(tmp_path: Path) -> None:
    for text in ("old: 1", "new: 2"):
        entrypoint({"DAGSTER_HOME": str(tmp_path), "DAGSTER_YAML": text}, "true")
    assert (tmp_path / "dagster.yaml").read_text() == "new: 2\n"


def test_the_command_becomes_the_process(tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = entrypoint({"DAGSTER_HOME": str(home)}, "sh", "-c", "echo $0 $1; umask; exit 5", "two words", "x")
    assert (done.returncode, done.stdout.splitlines()[0]) == (5, "two words x")
    assert not home.exists(), "a run worker has no DAGSTER_YAML, and gets no file"


def test_the_command_keeps_its_own_umask(tmp_path: Path) -> None:
    given = {"DAGSTER_HOME": str(tmp_path), "DAGSTER_YAML": "a: 1"}
    assert entrypoint(given, "sh", "-c", "umask").stdout == entrypoint({}, "sh", "-c", "umask").stdout


def test_a_configuration_without_a_home_is_refused() -> None:
    done = entrypoint({"DAGSTER_YAML": "a: 1"}, "true")
    assert done.returncode != 0
    assert "entrypoint: DAGSTER_YAML is set, and DAGSTER_HOME does not say where to write it" in done.stderr
