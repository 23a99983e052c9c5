"""What builds the image, and with which arguments: never the password."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from ops.console.errors import BuildFailedError, ToolMissingError
from ops.releasing import image
from ops.terraform.project import ROOT

STAND_IN = """#!{python} -IS
import json, os, sys
with open({log!r}, "a") as log:
    print(json.dumps([os.path.basename(sys.argv[0]), *sys.argv[1:]]), file=log)
    if sys.argv[1] == "login":
        print(json.dumps(sys.stdin.read()), file=log)
sys.exit({code} if sys.argv[1] == {fails!r} else 0)
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing on it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def put(path: Path, name: str, fails: str = "") -> None:
    program = path / name
    program.write_text(STAND_IN.format(python=sys.executable, log=str(path / "log"), fails=fails, code=7))
    program.chmod(0o755)


def said(path: Path) -> list[object]:
    return [json.loads(line) for line in (path / "log").read_text().splitlines()]


def test_docker_builds_where_its_daemon_answers_and_else_buildah(path: Path) -> None:
    with pytest.raises(ToolMissingError, match=r"^needs a running Docker, or buildah on PATH"):
        image.builder()
    put(path, "docker")
    assert image.builder() == "docker"
    put(path, "docker", fails="info")
    with pytest.raises(ToolMissingError):
        image.builder()
    put(path, "buildah")
    assert image.builder() == "buildah"


@pytest.mark.parametrize(
    ("tool", "architecture", "options"),
    [
        ("docker", "X86_64", ["--platform", "linux/amd64"]),
        ("buildah", "ARM64", ["--ignorefile", "docker/Dockerfile.dockerignore", "--platform", "linux/arm64"]),
    ],
)
def test_it_is_built_for_the_tasks_architecture(tool: str, architecture: str, options: list[str]) -> None:
    command = image.build_command(tool, "registry/app:v2", architecture)
    assert command == [tool, "build", "--file", "docker/Dockerfile", *options, "--tag", "registry/app:v2", "."]
    files = [part for part in command if part.startswith("docker/")]
    assert [file for file in files if not (ROOT / file).exists()] == []


def test_the_password_comes_by_stdin_and_is_no_argument(path: Path) -> None:
    put(path, "docker")
    image.push("docker", "registry.example/app:v2", "secret")
    assert said(path) == [
        ["docker", "login", "--username", "AWS", "--password-stdin", "registry.example"],
        "secret",
        ["docker", "push", "registry.example/app:v2"],
    ]


@pytest.mark.parametrize("fails", ["login", "push"])
def test_what_fails_is_reported(path: Path, fails: str) -> None:
    put(path, "docker", fails)
    with pytest.raises(BuildFailedError, match=r"^(docker could not log in to|the image \S+ could not be pushed)"):
        image.push("docker", "registry.example/app:v2", "secret")


def test_make_image_builds_under_the_name_that_it_is_given(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert image.main("asset-manager:latest") == ToolMissingError.exit_code
    assert capsys.readouterr().err.startswith("asset-manager: needs a running Docker")
    put(path, "docker")
    assert image.main("asset-manager:latest") == 0
    assert said(path)[-1] == [
        *("docker", "build", "--file", "docker/Dockerfile"),
        *(
            "--platform",
            "linux/amd64",
            "--tag",
            "asset-manager:latest",
            ".",
        ),  # as prod.yaml says, whatever this machine is
    ]
    put(path, "docker", fails="build")
    assert image.main("asset-manager:latest") == BuildFailedError.exit_code
    makefile = (ROOT / "Makefile").read_text()
    assert "python -m ops.releasing.image $(IMAGE)\n" in makefile
