"""`make lock`: resolves Pipfile into its lock files, for every platform, with hashes and without an index.

`make upgrade` raises what Pipfile says before that.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOGETHER = ("packages", "dev-packages")
APART = ("checkov", "cdktn", "workflows")
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


def lock_all(*options: str) -> None:
    """Every lock file; the image's versions are those that were tested, those of tools apart are nobody else's."""
    pipfile = (ROOT / "Pipfile").read_text()
    everything = ROOT / "requirements.lock"
    lock(requirements(pipfile, *TOGETHER), everything, *options)
    lock(requirements(pipfile, "image"), ROOT / "docker" / "requirements.lock", "--constraint", str(everything))
    for apart in APART:
        lock(requirements(pipfile, apart), ROOT / "tools" / "locks" / f"{apart}.lock", *options)


def upgrade() -> None:
    """Raise each version in Pipfile to its newest patch, and all that those need to its newest; then lock.

    A patch only: which minor a package is held at has its reason in Pipfile, and is a person's to change.
    """
    pipfile = (ROOT / "Pipfile").read_text()
    with tempfile.TemporaryDirectory() as folder:
        for tables in (TOGETHER, *((apart,) for apart in APART)):
            newest = Path(folder, "newest")
            newest.unlink(missing_ok=True)
            lock(requirements(pipfile, *tables).replace("==", "~="), newest, "--upgrade")
            pipfile = raised(
                pipfile, tables, dict(re.findall(r"^([\w.-]+)(?:\[.*?])?==(\S+)", newest.read_text(), re.M))
            )
    (ROOT / "Pipfile").write_text(pipfile)
    lock_all("--upgrade")


def raised(pipfile: str, tables: Sequence[str], versions: Mapping[str, str]) -> str:
    """Pipfile with these versions in these tables, and everything else as it was written."""
    lines, table = [], ""
    for line in pipfile.splitlines(keepends=True):
        if heading := re.match(r"\[([\w-]+)]", line):
            table = heading[1]
        name = line.partition(" = ")[0]
        if table in tables and name in versions:
            line = re.sub(r'"==[^"]+"', f'"=={versions[name]}"', line, count=1)  # noqa: PLW2901
        lines.append(line)
    return "".join(lines)


if __name__ == "__main__":
    upgrade() if sys.argv[1:] == ["--upgrade"] else lock_all()
