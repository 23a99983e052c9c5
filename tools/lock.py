"""`make lock`: resolve Pipfile into its lock files, for every platform, with hashes and without an index."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from ops.console.errors import OperatorError
from ops.terraform.project import ROOT
from tools._programs import run

PIPFILE = ROOT / "Pipfile"
TOGETHER = ("packages", "dev-packages")
APART = ("checkov", "cdktn", "workflows")
HEADER = "# Made by `make lock` from Pipfile; do not edit.\n"
UV = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"]
PLAIN = ["--no-emit-index-url", "--no-header", "--no-annotate", "--no-strip-extras"]


def requirements(pipfile: str, *tables: str) -> str:
    """The packages of Pipfile's tables as lines of a requirements file."""
    try:
        parsed = tomllib.loads(pipfile)
    except tomllib.TOMLDecodeError as error:
        raise OperatorError(f"Pipfile is no TOML: {error}") from None
    lines = []
    for name, spec in {name: spec for table in tables for name, spec in parsed[table].items()}.items():
        wanted = {"version": spec} if isinstance(spec, str) else spec
        extras = f"[{','.join(wanted['extras'])}]" if "extras" in wanted else ""
        version = "" if wanted["version"] == "*" else wanted["version"]
        lines.append(f"{name}{extras}{version}")
    return "\n".join(lines) + "\n"


def lock(wanted: str, target: Path, *options: str) -> None:
    """Resolve for every platform at once; versions already locked stay if they still fit."""
    failure = f"uv did not resolve the packages of {target.name}: see above. It needs a package index."
    run([sys.executable, "-m", *UV, *PLAIN, *options, "--output-file", target, "-"], failure, stdin=wanted)
    target.write_text(HEADER + target.read_text().removeprefix(HEADER))


def lock_all(*options: str) -> None:
    """Every lock file. The image gets the versions that the tests run with; the others have their own versions."""
    pipfile = PIPFILE.read_text()
    everything = ROOT / "requirements.lock"
    lock(requirements(pipfile, *TOGETHER), everything, *options)
    lock(requirements(pipfile, "image"), ROOT / "docker" / "requirements.lock", "--constraint", str(everything))
    for apart in APART:
        lock(requirements(pipfile, apart), ROOT / "tools" / "locks" / f"{apart}.lock", *options)


def main() -> None:
    lock_all()
