"""`asset-manager cdktf`: runs the npm CLI with the Terraform, provider and Node that the project found."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence

import psutil

from ops.console.errors import Interrupted
from ops.terraform import toolchain
from ops.terraform.project import ROOT
from ops.terraform.secret_values import require_values
from ops.terraform.workspace import prepare_environment, wait_until_steady


def cdktf(environment: str, arguments: Sequence[str]) -> int:
    """Return the exit code of the CLI; before and after a deployment, check what the CLI does not."""
    deploys = bool({"deploy", "apply"} & set(arguments)) and "--help" not in arguments
    if deploys:
        workspace = prepare_environment(environment)
        require_values(workspace.base, workspace.settings)
    code = _run(environment, arguments)
    if deploys and code == 0:  # an apply succeeds even if ECS rolls back
        wait_until_steady(workspace)
    return code


def _run(environment: str, arguments: Sequence[str]) -> int:
    toolchain.npm_ci(ROOT)
    environ = {**os.environ, **toolchain.environment(ROOT), "ASSET_MANAGER_ENV": environment}
    process = subprocess.Popen(  # noqa: S603  the CLI of package-lock.json
        [*toolchain.cdktf(ROOT), *arguments],
        cwd=ROOT,
        env=environ,
        # Without a terminal in a group of its own. With one it has to keep the terminal: it asks before it deploys.
        process_group=None if sys.stdin.isatty() else 0,
    )
    while True:
        try:
            return process.wait()
        except Interrupted:
            _interrupt_terraform(process.pid)


def _interrupt_terraform(cli: int) -> None:
    """Ask Terraform to stop: an interrupted CLI ends at once, and its Terraform with it, its state unsaved."""
    try:
        below = psutil.Process(cli).children(recursive=True)
        at_work = [process for process in below if process.name() == "terraform"]
        for process in at_work or [psutil.Process(cli)]:
            process.send_signal(signal.SIGINT)
    except psutil.NoSuchProcess:
        return
