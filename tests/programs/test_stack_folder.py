"""What `terraform init` left and was damaged since, by the real Terraform; a damaged provider by a stand-in."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ops.errors import TerraformError
from ops.local import stack_folder
from ops.project import ROOT
from ops.terraform import Terraform
from ops.terraform_binary import terraform as find_terraform
from tests.e2e.damages import DAMAGES, damage
from tests.unit.stand_in_tools import executable

AGAIN = "removed what may be damaged, and init runs again"
WITHOUT_PROVIDER = {
    "terraform": {"backend": {"local": {"path": "kept.tfstate"}}},
    "resource": {"terraform_data": {"one": {"input": "1"}}},
}
# Terraform's own words.
CANNOT_START = """
Error: Failed to load plugin schemas

Error while loading schemas for plugin components: Failed to obtain provider
schema: fork/exec .terraform/providers/terraform-provider-aws: exec format error.
"""


@pytest.fixture(scope="module")
def binary() -> Path:
    return find_terraform(ROOT)


@pytest.fixture
def applied(binary: Path, tmp_path: Path) -> Terraform:
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "cdk.tf.json").write_text(json.dumps(WITHOUT_PROVIDER))
    terraform = Terraform(binary, {"PATH": os.defpath, "CHECKPOINT_DISABLE": "1"}, folder)
    terraform.init()
    terraform.apply()
    (folder / ".terraform.lock.hcl").write_text("# This file is maintained automatically.\n")
    return terraform


@pytest.mark.parametrize("kind", DAMAGES)
@pytest.mark.parametrize("name", [".terraform/terraform.tfstate", ".terraform.lock.hcl", "errored.tfstate"])
def test_a_damaged_file_of_an_init_is_made_again(applied: Terraform, name: str, kind: str) -> None:
    before = applied.state()["lineage"]
    damage(applied.folder / name, kind)
    stack_folder.init(applied)
    assert applied.state()["lineage"] == before


def test_it_says_what_it_found_and_what_it_removed(applied: Terraform, capfd: pytest.CaptureFixture[str]) -> None:
    (applied.folder / ".terraform.lock.hcl").write_text("garbage")
    stack_folder.init(applied)
    printed = capfd.readouterr().out
    assert "    terraform: Error: failed to read dependency lock file: " in printed
    assert f"    {AGAIN}: {applied.folder / '.terraform'}, {applied.folder / '.terraform.lock.hcl'}\n" in printed


@pytest.mark.parametrize("kind", ["truncated", "garbage"])
def test_a_damaged_state_is_named_and_stays(applied: Terraform, kind: str) -> None:
    damage(applied.folder / "kept.tfstate", kind)
    damaged = (applied.folder / "kept.tfstate").read_bytes()
    with pytest.raises(stack_folder.StateUnreadableError) as refusal:
        stack_folder.init(applied)
    assert str(refusal.value) == "the Terraform state of base in the local AWS is damaged"
    assert (applied.folder / "kept.tfstate").read_bytes() == damaged


def test_what_is_wrong_with_the_configuration_is_said_after_one_more_try(applied: Terraform) -> None:
    (applied.folder / "cdk.tf.json").write_text("{")
    with pytest.raises(TerraformError, match="Root value must be object"):
        stack_folder.init(applied)


def test_a_provider_that_does_not_start_is_installed_again_once(tmp_path: Path) -> None:
    cache, folder = tmp_path / "cache", tmp_path / "base"
    (cache / "registry.terraform.io").mkdir(parents=True)
    (folder / ".terraform").mkdir(parents=True)
    script = f'#!/bin/sh\necho "$1" >> calls\n[ "$1" != apply ] || [ ! -d \'{cache}/registry.terraform.io\' ] ||'
    stand_in = executable(tmp_path / "terraform", f"{script} {{ cat >&2 <<'END'\n{CANNOT_START}END\nexit 1; }}\n")
    terraform = Terraform(stand_in, {"PATH": os.defpath, "TF_PLUGIN_CACHE_DIR": str(cache)}, folder)

    stack_folder.with_a_provider_that_starts(terraform, Terraform.apply)

    assert (folder / "calls").read_text().split() == ["apply", "init", "apply"]
    assert list(cache.iterdir()) == []
    assert not (folder / ".terraform").exists()


def test_a_provider_that_never_starts_is_refused(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    stand_in = executable(
        tmp_path / "terraform", f"#!/bin/sh\n[ \"$1\" = init ] || {{ cat >&2 <<'END'\n{CANNOT_START}END\nexit 1; }}\n"
    )
    terraform = Terraform(stand_in, {"PATH": os.defpath}, tmp_path / "base")
    with pytest.raises(TerraformError, match="exec format error"):
        stack_folder.with_a_provider_that_starts(terraform, Terraform.apply)
