"""A terraform or cdktf process is given what it needs, and the cdktf CLI is installed once."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from ops.console.errors import DiskFullError
from ops.terraform import toolchain
from tests.support.repository import ROOT
from tests.support.stand_in_tools import executable, terraform_that_says, unpacked, without_mirrors

# --- what a terraform or cdktf process is given ---


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    binary = terraform_that_says("1.11.4", tmp_path / "usr/bin")
    return without_mirrors(tmp_path) | {
        "PATH": str(binary.parent),
        "TF_CLI_CONFIG_FILE": str(tmp_path / "absent.tfrc"),
    }


def test_a_configuration_variable_that_names_no_file_does_not_get_in_the_way(
    tmp_path: Path, machine: dict[str, str]
) -> None:
    assert toolchain.environment(tmp_path, machine, ())["TF_CLI_CONFIG_FILE"] == ""


def test_terraform_is_given_by_name_and_found_on_path(tmp_path: Path, machine: dict[str, str]) -> None:
    child = toolchain.environment(tmp_path, machine, ())
    assert child["PATH"] == f"{tmp_path}/.tools/bin:{tmp_path}/usr/bin"
    assert child["TERRAFORM_BINARY_NAME"] == f"{tmp_path}/usr/bin/terraform"


def test_a_process_that_such_a_process_starts_is_given_the_same(tmp_path: Path, machine: dict[str, str]) -> None:
    child = toolchain.environment(tmp_path, machine, ())
    assert toolchain.environment(tmp_path, machine | child, ()) == child


def test_a_downloaded_terraform_comes_before_the_one_that_is_too_old(tmp_path: Path, machine: dict[str, str]) -> None:
    terraform_that_says("1.5.0", tmp_path / "usr/bin")
    terraform_that_says("1.11.4", tmp_path / ".tools/terraform-1.11.4")
    path = toolchain.environment(tmp_path, machine, ())["PATH"].split(os.pathsep)
    assert path == [f"{tmp_path}/.tools/bin", f"{tmp_path}/.tools/terraform-1.11.4", f"{tmp_path}/usr/bin"]


def test_two_stacks_share_one_download_of_the_provider_when_there_is_no_mirror(
    tmp_path: Path, machine: dict[str, str]
) -> None:
    child = toolchain.environment(tmp_path, machine, ())
    assert Path(child["TF_PLUGIN_CACHE_DIR"]).is_dir()
    own = machine | {"TF_PLUGIN_CACHE_DIR": "/own"}
    assert "TF_PLUGIN_CACHE_DIR" not in toolchain.environment(tmp_path, own, ())
    mirrored = toolchain.environment(tmp_path, machine, (unpacked(tmp_path / "opt" / "tf").parent,))
    assert "TF_PLUGIN_CACHE_DIR" not in mirrored


# --- the cdktf CLI ---


def test_the_cdktf_cli_is_not_installed_again_when_the_lock_did_not_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("package.json", "package-lock.json"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    marker = tmp_path / "node_modules" / ".installed"
    marker.parent.mkdir()
    both = (ROOT / "package.json").read_bytes() + (ROOT / "package-lock.json").read_bytes()
    marker.write_text(hashlib.sha256(both).hexdigest())
    os.utime(marker, (0, 0))
    toolchain.npm_ci(tmp_path)
    assert capsys.readouterr().err == ""
    assert marker.stat().st_mtime > 0


def test_an_npm_that_exits_with_0_and_leaves_files_out_on_a_full_disk_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("package.json", "package-lock.json"):
        (tmp_path / name).touch()
    npm = executable(
        tmp_path / "npm", "#!/bin/sh\nmkdir node_modules\necho 'npm warn tar TAR_ENTRY_ERROR ENOSPC' >&2\n"
    )
    monkeypatch.setattr(toolchain, "node", lambda: npm)
    with pytest.raises(DiskFullError) as refusal:
        toolchain.npm_ci(tmp_path)
    assert str(refusal.value) == (
        f"No space is left in {tmp_path} for node_modules (270 MB). Free some and run this again."
    )
    assert not (tmp_path / "node_modules" / ".installed").exists()
