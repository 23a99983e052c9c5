"""`make lock`: resolves Pipfile into requirements.lock, for every platform at once, with hashes and no index."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Made by `make lock` from Pipfile; do not edit.\n"


def requirements(pipfile: str) -> str:
    """Pipfile's packages and dev-packages as lines of a requirements file."""
    lines = []
    tables = tomllib.loads(pipfile)
    for name, spec in {**tables["packages"], **tables["dev-packages"]}.items():
        wanted = {"version": spec} if isinstance(spec, str) else spec
        extras = f"[{','.join(wanted['extras'])}]" if "extras" in wanted else ""
        version = "" if wanted["version"] == "*" else wanted["version"]
        lines.append(f"{name}{extras}{version}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write requirements.lock; uv keeps the versions already locked where they still fit."""
    lock = ROOT / "requirements.lock"
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
    command += ["--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate", "--no-strip-extras"]
    subprocess.run(  # noqa: S603  the command is ours
        [*command, "--output-file", str(lock), "-"],
        input=requirements((ROOT / "Pipfile").read_text()),
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    lock.write_text(HEADER + lock.read_text().removeprefix(HEADER))


if __name__ == "__main__":
    main()
