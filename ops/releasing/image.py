"""Builds and pushes the image with Docker, or else with buildah, for `make image` and `asset-manager release`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from ops.console.errors import BuildFailedError, ToolMissingError
from ops.console.program import exit_code
from ops.terraform.project import ROOT
from settings.load import load

DOCKERFILE = "docker/Dockerfile"
# Docker finds the file with this name beside the Dockerfile; buildah needs the option.
IGNOREFILE = "docker/Dockerfile.dockerignore"
# ECS's name of an architecture, and the platform of an image.
PLATFORMS = {"X86_64": "linux/amd64", "ARM64": "linux/arm64"}


def builder() -> str:
    """Docker if its daemon answers, else buildah, which needs no daemon."""
    if shutil.which("docker"):
        asked = subprocess.run(["docker", "info"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)  # noqa: S607  the operator's
        if asked.returncode == 0:
            return "docker"
    if shutil.which("buildah"):
        return "buildah"
    raise ToolMissingError("needs a running Docker, or buildah on PATH (Debian: apt-get install buildah).")


def build_command(tool: str, reference: str, architecture: str) -> list[str]:
    """The context is the repository; the platform is that of the tasks, not of this machine."""
    platform = ["--platform", PLATFORMS[architecture]]
    ignored = ["--ignorefile", IGNOREFILE] if tool == "buildah" else []
    return [tool, "build", "--file", DOCKERFILE, *ignored, *platform, "--tag", reference, "."]


def login_command(tool: str, registry: str) -> list[str]:
    """The command reads the password from stdin: other users of the machine can read an argument."""
    return [tool, "login", "--username", "AWS", "--password-stdin", registry]


def build(tool: str, reference: str, architecture: str) -> None:
    """Build the image and name it `reference` on this machine."""
    _run(build_command(tool, reference, architecture), f"the image {reference} could not be built by {tool}")


def push(tool: str, reference: str, password: str) -> None:
    """Push the image to its registry, the first part of its name."""
    registry = reference.partition("/")[0]
    _run(login_command(tool, registry), f"{tool} could not log in to {registry}", password)
    _run([tool, "push", reference], f"the image {reference} could not be pushed by {tool}")


def _run(command: Sequence[str], failure: str, stdin: str | None = None) -> None:
    """Run the command with this program's stdout and stderr."""
    given = None if stdin is not None else subprocess.DEVNULL
    done = subprocess.run(command, cwd=ROOT, input=stdin, stdin=given, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise BuildFailedError(f"{failure}: its own words stand above. Nothing was deployed.")


def main(reference: str) -> int:
    """`python -m ops.releasing.image asset-manager:latest`: what `make image` does, for the tasks' architecture."""
    environment = os.environ.get("ASSET_MANAGER_ENV", "prod")
    return exit_code(lambda: build(builder(), reference, load(environment).cpu_architecture))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
