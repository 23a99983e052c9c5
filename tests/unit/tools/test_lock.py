"""The lock files hold exactly what people wrote, with hashes, and bind nobody to an index."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.support.repository import ROOT
from tools import __main__ as tools
from tools import lock

ENTRY = re.compile(
    r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)(?: ;[^\\]*)?((?: \\\n    --hash=sha256:[0-9a-f]{64})*)$", re.M
)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def wanted() -> dict[str, str]:
    tables = tomllib.loads((ROOT / "Pipfile").read_text())
    both = {**tables["packages"], **tables["dev-packages"]}
    return {normal(name): spec if isinstance(spec, str) else spec["version"] for name, spec in both.items()}


def locked() -> list[tuple[str, str, str]]:
    text = (ROOT / "requirements.lock").read_text()
    return [(normal(name), version, hashes) for name, version, hashes in ENTRY.findall(text)]


def package_lock() -> dict[str, Any]:
    lock: dict[str, Any] = json.loads((ROOT / "package-lock.json").read_text())
    return lock


def test_pipfile_names_an_exact_version_of_everything() -> None:
    assert {name: spec for name, spec in wanted().items() if not re.fullmatch(r"==[0-9][0-9a-z.]*", spec)} == {}


def test_every_package_of_the_pipfile_is_locked_at_its_version() -> None:
    versions = {(name, f"=={version}") for name, version, _ in locked()}
    assert set(wanted().items()) - versions == set()


def test_every_line_of_the_lock_is_an_entry_with_its_hashes() -> None:
    left = ENTRY.sub("", (ROOT / "requirements.lock").read_text())
    assert [line for line in left.splitlines() if line and not line.startswith("#")] == []
    assert [name for name, _, hashes in locked() if not hashes] == []
    assert len(locked()) > len(wanted())


@pytest.mark.parametrize(
    "name",
    [
        "Pipfile",
        "requirements.lock",
        "tools/locks/checkov.lock",
        "tools/locks/workflows.lock",
        "package.json",
    ],
)
def test_no_lock_file_names_an_address_or_a_path_of_a_machine(name: str) -> None:
    assert (
        re.findall(r"https?://\S+|file:\S+|(?<![\w.])/(?:opt|root|home|work|usr)/\S*", (ROOT / name).read_text()) == []
    )


def test_the_cdktf_cli_is_pinned_exactly_and_locked() -> None:
    package = json.loads((ROOT / "package.json").read_text())
    assert package["private"] is True
    assert package["devDependencies"] == {"cdktf-cli": "0.21.0"}
    assert package_lock()["packages"][""]["devDependencies"] == package["devDependencies"]
    assert package_lock()["packages"]["node_modules/cdktf-cli"]["version"] == "0.21.0"
    assert f'cdktf = "=={package["devDependencies"]["cdktf-cli"]}"' in (ROOT / "Pipfile").read_text()


def test_every_npm_package_has_its_checksum_and_comes_from_whichever_registry_the_user_has() -> None:
    packages = {name: entry for name, entry in package_lock()["packages"].items() if name}
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    bundled = [name for name, entry in packages.items() if entry.get("inBundle")]
    assert [name for name, entry in packages.items() if "integrity" not in entry and name not in bundled] == []


def test_no_npm_package_needs_a_compiler_or_a_script_to_be_installed() -> None:
    packages = package_lock()["packages"]
    assert [name for name, entry in packages.items() if entry.get("hasInstallScript")] == []
    terminals = {name.removeprefix("node_modules/@lydell/node-pty-") for name in packages if "lydell/node-pty-" in name}
    assert {"linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"} <= terminals


def test_a_pipfile_that_is_missing_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lock, "PIPFILE", tmp_path / "Pipfile")
    assert tools.main(["lock"]) == 1
    assert capsys.readouterr().err == f"asset-manager: {tmp_path / 'Pipfile'}: No such file or directory\n"


def test_a_pipfile_with_a_mistake_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lock, "PIPFILE", tmp_path / "Pipfile")
    lock.PIPFILE.write_text("[packages\n")
    assert tools.main(["lock"]) == 1
    assert capsys.readouterr().err.startswith("asset-manager: Pipfile is no TOML: ")
