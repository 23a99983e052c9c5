"""`make check-cdktn`: the same sources under cdktn, cdktf's fork, and what is different in the JSON that they make.

A copy of the sources with its imports renamed is synthesized in an environment of its own. Nothing may differ but the
tool's version and how it writes the provider's source. Why, and how to move: docs/decisions/0010-a-way-out-of-cdktf.md
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ops.console.errors import OperatorError
from ops.terraform.project import ROOT
from settings.names import STACKS

PYTHON = ROOT / ".tools" / "cdktn" / "bin" / "python"
SOURCES = ("main.py", "cdktf.json", "settings", "stacks", "constructs", "environments", "dagster/dagster.yaml")
# The whole of the change: Python's names of the packages, jsii's of the same, and which Terraform the project is for:
# cdktn checks what a project uses against the oldest that it says, and write-only arguments need 1.11.
RENAMED = (
    (r"\bcdktf_cdktf_provider_aws\b", "cdktn_provider_aws"),
    (r"\b(from|import|import sys,) cdktf\b", r"\1 cdktn"),
    (r"@cdktf/provider-aws", "@cdktn/provider-aws"),
    (r'\bversion\("cdktf"\)', 'version("cdktn")'),
    (r"\bApp\(\)", 'App(context={"targetVersions": {"terraform": ">=1.11.0"}})'),
)


def renamed(text: str) -> str:
    """A source file's text, for cdktn."""
    for pattern, name in RENAMED:
        text = re.sub(pattern, name, text)
    return text


def copy(root: Path, target: Path) -> None:
    """The sources of a working copy, renamed."""
    for source in SOURCES:
        found = root / source
        files = [found] if found.is_file() else [path for path in found.rglob("*") if path.suffix in {".py", ".yaml"}]
        for file in files:
            into = target / file.relative_to(root)
            into.parent.mkdir(parents=True, exist_ok=True)
            into.write_text(renamed(file.read_text()) if file.suffix == ".py" else file.read_text())


def synthesized(python: Path, root: Path, environment: str, out: Path) -> dict[str, Any]:
    """Each stack's JSON, made by this Python from the sources below `root`."""
    passed = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", "XDG_CACHE_HOME") if name in os.environ
    }
    environ = {
        **passed,
        "PYTHONPATH": os.pathsep.join(str(root / folder) for folder in (".", "constructs")),
        "ASSET_MANAGER_ENV": environment,
        "CDKTF_OUTDIR": str(out),
    }
    done = subprocess.run(  # noqa: S603  both are ours
        [python, "-P", str(root / "main.py")], cwd=root, env=environ, stderr=subprocess.PIPE, text=True, check=False
    )
    if done.returncode != 0:
        raise OperatorError(f"{done.stderr}\nthe sources of {root} do not synthesize under {python}: see above.")
    sys.stderr.write(done.stderr)
    return {stack: json.loads((out / "stacks" / stack / "cdk.tf.json").read_text()) for stack in STACKS}


def comparable(document: dict[str, Any]) -> dict[str, Any]:
    """Without what is allowed to differ, each of which has to be there."""
    stripped: dict[str, Any] = json.loads(json.dumps(document))
    del stripped["//"]["metadata"]["version"]
    del stripped["terraform"]["required_providers"]["aws"]["source"]
    return stripped


def differences(ours: Any, theirs: Any, path: str = "") -> Iterator[str]:
    """Where the two are not the same, by the path in the JSON."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(ours.keys() | theirs.keys()):
            if key not in ours or key not in theirs:
                yield f"{path}.{key}: only {'cdktn' if key in theirs else 'cdktf'} has it"
            else:
                yield from differences(ours[key], theirs[key], f"{path}.{key}")
    elif ours != theirs:
        yield f"{path}: cdktf {json.dumps(ours)}, cdktn {json.dumps(theirs)}"


def main() -> int:
    """0 if nothing differs in any environment."""
    if not PYTHON.exists():
        raise OperatorError("cdktn is not installed: `make check-cdktn` installs it into .tools/cdktn.")
    found: list[str] = []
    with tempfile.TemporaryDirectory(prefix="asset-manager-cdktn-") as folder:
        tree = Path(folder) / "tree"
        copy(ROOT, tree)
        for file in sorted((ROOT / "environments").glob("*.yaml")):
            print(f"==> {file.stem} under both", flush=True)
            ours = synthesized(Path(sys.executable), ROOT, file.stem, Path(folder) / "cdktf")
            theirs = synthesized(PYTHON, tree, file.stem, Path(folder) / "cdktn")
            for stack in STACKS:
                pair = comparable(ours[stack]), comparable(theirs[stack])
                found += [f"{file.stem} {stack}{line}" for line in differences(*pair)]
            shutil.rmtree(Path(folder) / "cdktn")
    print("\n".join(found) or "the JSON is the same but for the tool's version and how it writes the provider's source")
    return 1 if found else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except OperatorError as problem:
        sys.exit(f"asset-manager: {problem}")
