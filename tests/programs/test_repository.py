"""The repository as Python and git see it: no folder shadows a package, and each file belongs there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.repository import ROOT

TOP_LEVEL = {
    "README.md",
    "Pipfile",
    "Makefile",
    "cdktf.json",
    "main.py",
    "package.json",
    "package-lock.json",
    "pyproject.toml",
    "requirements.lock",
}


@pytest.mark.parametrize("name", ["constructs", "dagster"])
@pytest.mark.parametrize("flags", [(), ("-P",)], ids=["root first", "-P"])
def test_the_pypi_package_is_what_is_imported_even_in_the_repository(name: str, flags: tuple[str, ...]) -> None:
    # find_spec and not import: dagster takes two seconds, and where it would come from is all that is asked.
    code = f"import importlib.util as u, sys; print(u.find_spec({name!r}).origin)"
    environ = {"PATH": os.defpath, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *flags, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()).parent.parent.name == "site-packages"


def listed() -> list[str]:
    """Every file of the repository that is there, committed or about to be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in sorted(set(done.stdout.splitlines())) if (ROOT / name).is_file()]


def test_only_the_agreed_files_are_at_the_top() -> None:
    files = {name for name in listed() if "/" not in name and not name.startswith(".")}
    assert files - TOP_LEVEL == set()


def test_no_file_names_a_place_of_one_machine() -> None:
    # The mirrors' parents, /opt and /usr/local/share, are places of every machine.
    place = re.compile(r"(?<![\w./}])/(?:work|root|home|Users)/\w+")
    files = listed()
    assert {name.split("/")[0] for name in files} >= {".ci", "dagster", "docs", "environments", "ops", "tests"}
    found = {name: place.findall((ROOT / name).read_text(errors="replace")) for name in files}
    assert {name: places for name, places in found.items() if places} == {}
