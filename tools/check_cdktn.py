"""`make check-cdktn`: synthesize the same sources under cdktn, cdktf's fork, and compare the JSON.

A copy of the sources with renamed imports is synthesized with the Python of .tools/cdktn. Only the tool's version and
how it writes the provider's source may differ. Why, and how to move: docs/decisions/0010-a-way-out-of-cdktf.md
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ops.console.errors import OperatorError
from ops.terraform.project import ROOT
from settings.names import STACKS
from tools._programs import ENVIRONMENTS, installed, run

PYTHON = ENVIRONMENTS / "cdktn" / "bin" / "python"
SOURCES = ("main.py", "cdktf.json", "settings", "stacks", "constructs", "environments", "dagster/dagster.yaml")
# All that changes: the names of the packages in Python and in jsii, and the Terraform version of the project. cdktn
# checks what a project uses against the oldest version that it names, and write-only arguments need 1.11.
RENAMED = (
    (r"\bcdktf_cdktf_provider_aws\b", "cdktn_provider_aws"),
    (r"\b(from|import|import sys,) cdktf\b", r"\1 cdktn"),
    (r"@cdktf/provider-aws", "@cdktn/provider-aws"),
    (r'\bversion\("cdktf"\)', 'version("cdktn")'),
    (r"\bApp\(\)", 'App(context={"targetVersions": {"terraform": ">=1.11.0"}})'),
)


def renamed(text: str) -> str:
    """The text of a source file, for cdktn."""
    for pattern, name in RENAMED:
        text = re.sub(pattern, name, text)
    return text


def copy(root: Path, target: Path) -> None:
    """Copy the sources of a working copy, renamed."""
    for source in SOURCES:
        found = root / source
        files = [found] if found.is_file() else [path for path in found.rglob("*") if path.suffix in {".py", ".yaml"}]
        for file in files:
            into = target / file.relative_to(root)
            into.parent.mkdir(parents=True, exist_ok=True)
            into.write_text(renamed(file.read_text()) if file.suffix == ".py" else file.read_text())


def synthesized(python: Path, root: Path, environment: str, out: Path) -> dict[str, Any]:
    """The JSON of each stack, synthesized by this Python from the sources below `root`."""
    passed = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", "XDG_CACHE_HOME") if name in os.environ
    }
    environ = {
        **passed,
        "PYTHONPATH": os.pathsep.join(str(root / folder) for folder in (".", "constructs")),
        "ASSET_MANAGER_ENV": environment,
        "CDKTF_OUTDIR": str(out),
    }
    failure = f"the sources of {root} do not synthesize under {python}: see above."
    sys.stderr.write(run([python, "-P", root / "main.py"], failure, cwd=root, env=environ).stderr)
    return {stack: json.loads((out / "stacks" / stack / "cdk.tf.json").read_text()) for stack in STACKS}


def comparable(document: dict[str, Any]) -> dict[str, Any]:
    """The document without what may differ. Raises KeyError if a part of that is missing."""
    stripped: dict[str, Any] = json.loads(json.dumps(document))
    del stripped["//"]["metadata"]["version"]
    del stripped["terraform"]["required_providers"]["aws"]["source"]
    return stripped


def differences(ours: Any, theirs: Any, path: str = "") -> Iterator[str]:
    """Each difference, with its path in the JSON."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(ours.keys() | theirs.keys()):
            if key not in ours or key not in theirs:
                yield f"{path}.{key}: only {'cdktn' if key in theirs else 'cdktf'} has it"
            else:
                yield from differences(ours[key], theirs[key], f"{path}.{key}")
    elif ours != theirs:
        yield f"{path}: cdktf {json.dumps(ours)}, cdktn {json.dumps(theirs)}"


def main() -> None:
    """Compare all environments. Raises OperatorError with the differences."""
    python = installed("cdktn", "python", "check-cdktn")
    found: list[str] = []
    with tempfile.TemporaryDirectory(prefix="asset-manager-cdktn-") as folder:
        tree = Path(folder) / "tree"
        copy(ROOT, tree)
        for file in sorted((ROOT / "environments").glob("*.yaml")):
            print(f"==> {file.stem} under both", flush=True)
            ours = synthesized(Path(sys.executable), ROOT, file.stem, Path(folder) / "cdktf")
            theirs = synthesized(python, tree, file.stem, Path(folder) / "cdktn")
            for stack in STACKS:
                pair = comparable(ours[stack]), comparable(theirs[stack])
                found += [f"{file.stem} {stack}{line}" for line in differences(*pair)]
            shutil.rmtree(Path(folder) / "cdktn")
    if found:
        raise OperatorError("the JSON differs:\n" + "\n".join(found))
    print("the JSON is the same but for the tool's version and how it writes the provider's source")
