"""This working copy: its root, and the synthesis of its Terraform JSON."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from ops.console.errors import DiskFullError, ExitCode, NotWritableError, OperatorError
from settings.load import SettingsError

ROOT = Path(__file__).resolve().parents[2]


def python_path() -> str:
    """This working copy's sources, whichever one the virtual environment's editable install points to."""
    return os.pathsep.join(str(ROOT / source) for source in (".", "constructs"))


def synthesize(environment: str, out: Path, environ: Mapping[str, str]) -> None:
    """Run main.py, as the cdktf CLI does; the JSON of each stack is then in `out`/stacks/<stack>/cdk.tf.json."""
    child = {**environ, "ASSET_MANAGER_ENV": environment, "CDKTF_OUTDIR": str(out)}
    child["PYTHONPATH"] = python_path()
    out.parent.mkdir(parents=True, exist_ok=True)  # cdktf makes the last folder only
    done = _main(child)
    if "jsii.errors" in done.stderr and (found := _jsii_cache(child)):
        # The cache holds packages that jsii unpacked; jsii does not notice a damaged one.
        again = _main({**child, "JSII_RUNTIME_PACKAGE_CACHE": "disabled"})
        if again.returncode == 0:
            done = again
            print(f"    jsii's package cache is damaged, so it is emptied: {found[0].parent}", file=sys.stderr)
            for package in found:
                shutil.rmtree(package, ignore_errors=True)
    if done.returncode == ExitCode.MACHINE:
        kind = DiskFullError if "ENOSPC" in done.stderr else NotWritableError
        raise kind(done.stderr.strip())
    if done.returncode == SettingsError.exit_code:
        raise SettingsError(done.stderr.strip())
    if done.returncode != 0:
        raise OperatorError(f"{done.stderr}\nmain.py failed; its traceback stands above.")
    sys.stderr.write(done.stderr)


def _main(child: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", str(ROOT / "main.py")]
    return subprocess.run(command, cwd=ROOT, env=child, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603


def _jsii_cache(child: Mapping[str, str]) -> list[Path]:
    """The folders of this project's packages in jsii's cache, which other projects share."""
    home = Path(child.get("HOME") or Path.home())
    roots = [home / ".cache" / "aws" / "jsii", home / "Library" / "Caches" / "com.amazonaws.jsii"]
    given = child.get("JSII_RUNTIME_PACKAGE_CACHE_ROOT")
    caches = [Path(given)] if given else [root / "package-cache" for root in roots]
    return [cache / name for cache in caches for name in ("cdktf", "constructs", "@cdktf") if (cache / name).is_dir()]
