"""What `terraform init` left and was damaged since, by the real Terraform; a damaged provider by a stand-in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest

from local_aws import snowflake
from local_aws.ecs.process import TASKS_DIRECTORY
from local_aws.postgres import postgres
from ops.console.errors import TerraformError
from ops.local import stack_folder, up
from ops.local.environment import Ports
from ops.terraform.binary import terraform as find_terraform
from ops.terraform.project import ROOT
from ops.terraform.run import Terraform
from tests.support.damages import DAMAGES, damage
from tests.support.stand_in_tools import executable

AGAIN = "removed what may be damaged, and init runs again"
WITHOUT_PROVIDER = {
    "terraform": {"backend": {"local": {"path": "kept.tfstate"}}},
    "resource": {"terraform_data": {"one": {"input": "1"}}},
}
OURS = {stack_folder.OURS: "1"}
KILLED = -9
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


@pytest.fixture(params=[False, True], ids=["a folder", "a symlink"])
def local(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working copy's `.local`."""
    path, place = tmp_path / ".local", tmp_path / "elsewhere"
    (place if request.param else path).mkdir()
    if request.param:
        path.symlink_to(place)
    (path / "cdktf.out" / "stacks" / "base").mkdir(parents=True)
    monkeypatch.setattr(up, "DIRECTORY", path)
    return path


Start = Callable[[str, Path, dict[str, str]], "subprocess.Popen[bytes]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a program of this name in this folder."""
    sleep = shutil.which("sleep")
    assert sleep is not None
    with ExitStack() as processes:

        def begin(name: str, folder: Path, environ: dict[str, str]) -> subprocess.Popen[bytes]:
            (tmp_path / "bin").mkdir(exist_ok=True)
            binary = tmp_path / "bin" / name
            if not binary.exists():
                shutil.copy(sleep, binary)
            process = processes.enter_context(subprocess.Popen([binary, "600"], cwd=folder, env=environ))
            processes.callback(process.kill)
            return process

        yield begin


def test_down_ends_our_terraform_and_its_provider_and_leaves_all_others(
    local: Path, start: Start, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = local / "cdktf.out" / "stacks" / "base"
    ours = [start(name, base, OURS) for name in ("terraform", "terraform-provider-aws_v6.0.0_x5")]
    person = start("terraform", base, {})
    strangers = [
        person,
        start("terraform-provider-aws_v6.0.0_x5", base, {}),
        start("terraform-ls", base, OURS),
        start("terraform", tmp_path, OURS),
    ]

    assert up.down() is False

    assert [process.wait(5) for process in ours] == [KILLED, KILLED]
    assert [process.poll() for process in strangers] == [None] * len(strangers)
    assert capsys.readouterr().out == (
        f"    left alone: a Terraform that `make local` did not start works below {local / 'cdktf.out'}: "
        f"process {person.pid}\n"
    )


def test_the_tasks_are_ended_when_postgres_was_started(
    local: Path, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class _FarEnough(Exception):
        pass

    def stop(*_: object) -> None:
        raise _FarEnough

    monkeypatch.setattr(postgres, "start", lambda *_: SimpleNamespace(was_started=True))
    monkeypatch.setattr(snowflake, "start", stop)
    task = start("task", tmp_path, {TASKS_DIRECTORY: str(local.resolve() / "tasks")})
    with pytest.raises(_FarEnough):
        up._start_what_tasks_use(Ports(aws=1, web=2, postgres=3, snowflake=4))
    assert task.wait(5) == KILLED
