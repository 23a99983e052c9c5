"""What docker/Dockerfile says, read and not built; tools/prove_image.py builds it and tries the same promises."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from tests.support.repository import ROOT

DOCKER = ROOT / "docker"
ENTRY = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)
Instructions = list[tuple[str, str]]


def instructions() -> Instructions:
    """Each instruction and its arguments, continuation lines joined."""
    text = re.sub(r"^#.*\n", "", (DOCKER / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\s*\\\n\s*", " ", text).splitlines()
    return [(name, arguments) for name, _, arguments in (line.partition(" ") for line in lines if line)]


def stages() -> list[Instructions]:
    found: list[Instructions] = []
    for name, arguments in instructions():
        if name == "FROM":
            found.append([])
        if found:
            found[-1].append((name, arguments))
    return found


def said(stage: Instructions, name: str) -> list[str]:
    return [arguments for instruction, arguments in stage if instruction == name]


def copied_from_the_repository() -> list[str]:
    return [
        copy.split()[0] for stage in stages() for copy in said(stage, "COPY") if not copy.startswith("--from=builder ")
    ]


def locked(path: Path) -> dict[str, str]:
    return dict(ENTRY.findall(path.read_text()))


def test_the_base_is_a_build_argument_pinned_by_digest() -> None:
    name, argument = instructions()[0]
    assert name == "ARG"
    assert re.fullmatch(r"BASE=docker\.io/library/python:3\.11-slim-bookworm@sha256:[0-9a-f]{64}", argument)


def test_both_stages_start_from_that_base() -> None:
    assert [said(stage, "FROM") for stage in stages()] == [["${BASE} AS builder"], ["${BASE}"]]


def test_the_builder_installs_wheels_by_their_hashes_from_the_images_own_lock_file() -> None:
    (install,) = [run for run in said(stages()[0], "RUN") if "pip install" in run]
    assert install.split(" && ")[0] == (
        "/opt/venv/bin/pip install --no-cache-dir --only-binary :all: --require-hashes "
        "--requirement /tmp/requirements.lock"
    )
    assert "docker/requirements.lock /tmp/requirements.lock" in said(stages()[0], "COPY")


def test_the_final_stage_installs_an_init_and_nothing_else() -> None:
    (run,) = said(stages()[1], "RUN")
    assert re.findall(r"apt-get install (.*?) &&", run) == ["--yes --no-install-recommends tini"]
    assert "pip install" not in run
    assert re.search(r"if \[ -e /usr/local/bin/pip \]; then python3 -m pip uninstall .* pip; fi", run)


def test_it_runs_as_a_fixed_user_that_is_not_root() -> None:
    assert stages()[1][-2] == ("USER", "10001:10001")
    assert "useradd --uid 10001 --gid 10001 " in said(stages()[1], "RUN")[0]


def test_its_init_starts_the_entrypoint_that_the_local_ecs_uses_too() -> None:
    assert json.loads(said(stages()[1], "ENTRYPOINT")[0]) == ["tini", "--", "/usr/local/bin/entrypoint"]
    assert "docker/entrypoint /usr/local/bin/entrypoint" in said(stages()[1], "COPY")
    assert os.access(DOCKER / "entrypoint", os.X_OK)


def test_whether_it_is_healthy_is_left_to_ecs() -> None:
    assert [name for name, _ in instructions() if name == "HEALTHCHECK"] == []


def test_dagster_finds_its_home_its_workspace_and_its_code() -> None:
    environment = dict(pair.split("=", 1) for pair in said(stages()[1], "ENV")[0].split())
    assert environment == {
        "PATH": "/opt/venv/bin:$PATH",
        "PYTHONPATH": "/opt/dagster/app",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "DAGSTER_HOME": "/opt/dagster/home",
        "DAGSTER_CODE_LOCATION": "asset_manager.definitions",
    }
    assert said(stages()[1], "WORKDIR") == ["/opt/dagster/app"]
    assert "dagster/workspace.yaml /opt/dagster/app/workspace.yaml" in said(stages()[0], "COPY")


def test_nothing_on_the_images_python_path_shadows_a_package() -> None:
    copies = [copy.split()[-1] for stage in stages() for copy in said(stage, "COPY")]
    assert {Path(target).name for target in copies if target.startswith("/opt/dagster/")} == {
        "app",
        "asset_manager",
        "workspace.yaml",
    }


def test_the_build_sees_what_it_copies_and_nothing_more_of_the_repository() -> None:
    lines = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    rules = [line for line in lines if not line.startswith("#")]
    assert rules[0] == "*"
    assert sorted(line.removeprefix("!") for line in rules if line.startswith("!")) == sorted(
        copied_from_the_repository()
    )
    assert [path for path in copied_from_the_repository() if not (ROOT / path).exists()] == []


def test_nothing_that_deploys_or_emulates_is_in_the_image() -> None:
    strangers = re.compile(r"cdktf|constructs|jsii|terraform|node|moto|fakesnow|pgserver|pytest|typer|uv\b")
    names = set(locked(DOCKER / "requirements.lock"))
    assert {name for name in names if strangers.match(name)} == set()
    assert {"dagster", "dagster-aws", "dagster-postgres", "dagster-webserver", "snowflake-connector-python"} <= names


def test_the_image_holds_the_versions_that_were_tested() -> None:
    assert set(locked(DOCKER / "requirements.lock").items()) - set(locked(ROOT / "requirements.lock").items()) == set()


def test_no_file_of_the_image_names_a_registry_or_a_place_of_one_machine() -> None:
    place = re.compile(
        r"https?://(?!github\.com/docker-library/)\S+|(?<![\w./}])/(?:work|root|home|Users|opt/pypi)/\S*"
    )
    found = {path.name: place.findall(path.read_text()) for path in sorted(DOCKER.iterdir()) if path.suffix != ".py"}
    assert {name: places for name, places in found.items() if places} == {}
