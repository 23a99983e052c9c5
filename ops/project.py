"""This working copy: where it is, and how its Terraform JSON is made."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from ops.errors import OperatorError
from stacks.settings import SettingsError

ROOT = Path(__file__).resolve().parent.parent


def python_path() -> str:
    """This working copy's sources, whichever one the virtual environment's editable install points to."""
    return os.pathsep.join(str(ROOT / source) for source in (".", "constructs"))


def synthesize(environment: str, out: Path, environ: Mapping[str, str]) -> None:
    """Run main.py, as the cdktf CLI does; the JSON of each stack is then in `out`/stacks/<stack>/cdk.tf.json."""
    child = {**environ, "ASSET_MANAGER_ENV": environment, "CDKTF_OUTDIR": str(out)}
    child["PYTHONPATH"] = python_path()
    out.parent.mkdir(parents=True, exist_ok=True)  # cdktf makes the last folder only
    command = [sys.executable, "-P", str(ROOT / "main.py")]
    done = subprocess.run(command, cwd=ROOT, env=child, stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if done.returncode == SettingsError.exit_code:
        raise SettingsError(done.stderr.strip())
    if done.returncode != 0:
        raise OperatorError(f"{done.stderr}\nmain.py failed; its traceback stands above.")
    sys.stderr.write(done.stderr)
