"""`make upgrade`: raise each version in Pipfile to its newest patch, and what those need to its newest; then lock.

Only patches: the reason for a package's minor version is in Pipfile, and a person changes it.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.lock import APART, PIPFILE, TOGETHER, lock, lock_all, requirements


def raised(pipfile: str, tables: Sequence[str], versions: Mapping[str, str]) -> str:
    """Pipfile with these versions in these tables; everything else stays as it is written."""
    lines, table = [], ""
    for line in pipfile.splitlines(keepends=True):
        if heading := re.match(r"\[([\w-]+)]", line):
            table = heading[1]
        name = line.partition(" = ")[0]
        if table in tables and name in versions:
            line = re.sub(r'"==[^"]+"', f'"=={versions[name]}"', line, count=1)  # noqa: PLW2901
        lines.append(line)
    return "".join(lines)


def main() -> None:
    pipfile = PIPFILE.read_text()
    with tempfile.TemporaryDirectory() as folder:
        for tables in (TOGETHER, *((apart,) for apart in APART)):
            newest = Path(folder, "newest")
            newest.unlink(missing_ok=True)
            lock(requirements(pipfile, *tables).replace("==", "~="), newest, "--upgrade")
            versions = dict(re.findall(r"^([\w.-]+)(?:\[.*?])?==(\S+)", newest.read_text(), re.M))
            pipfile = raised(pipfile, tables, versions)
    PIPFILE.write_text(pipfile)
    lock_all("--upgrade")
