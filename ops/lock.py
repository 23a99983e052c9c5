"""`make lock`: resolves Pipfile into its lock files, for every platform, with hashes and without an index."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Made by `make lock` from Pipfile; do not edit.\n"
UV = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"]
PLAIN = ["--no-emit-index-url", "--no-header", "--no-annotate", "--no-strip-extras"]


def requirements(pipfile: str, *tables: str) -> str:
    """The packages of Pipfile's tables as lines of a requirements file."""
    parsed = tomllib.loads(pipfile)
    lines = []
    for name, spec in {name: spec for table in tables for name, spec in parsed[table].items()}.items():
        wanted = {"version": spec} if isinstance(spec, str) else spec
        extras = f"[{','.join(wanted['extras'])}]" if "extras" in wanted else ""
        version = "" if wanted["version"] == "*" else wanted["version"]
        lines.append(f"{name}{extras}{version}")
    return "\n".join(lines) + "\n"


def lock(wanted: str, target: Path, *options: str) -> None:
    """Resolve for every platform at once; versions already locked stay where they still fit."""
    subprocess.run(  # noqa: S603  the command is ours
        [sys.executable, "-m", *UV, *PLAIN, *options, "--output-file", str(target), "-"],
        input=wanted,
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    target.write_text(HEADER + target.read_text().removeprefix(HEADER))


def main() -> None:
    """Every lock file; the image's versions are those that were tested, Checkov's and cdktn's are nobody else's."""
    pipfile = (ROOT / "Pipfile").read_text()
    everything = ROOT / "requirements.lock"
    lock(requirements(pipfile, "packages", "dev-packages"), everything)
    lock(requirements(pipfile, "image"), ROOT / "docker" / "requirements.lock", "--constraint", str(everything))
    for apart in ("checkov", "cdktn"):
        lock(requirements(pipfile, apart), ROOT / "ops" / apart / "requirements.lock")


if __name__ == "__main__":
    main()
