"""`asset-manager exec`: a command in a task like the daemon's, which is what there is instead of a shell in one."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ops.aws.account import Deployment
from ops.aws.one_off_task import refuse_a_daemon, run_one_off
from ops.console.errors import RunFailedError
from ops.terraform import workspace as shell
from settings.load import load


def exec_(environment: str, command: Sequence[str]) -> int:
    """Run it to its end; its exit code."""
    settings = load(environment)
    refuse_a_daemon(command)
    shell.check_credentials(settings)
    ended = run_one_off(Deployment.of_shell(settings, None), command, lambda line: print(line, flush=True))
    if ended.exit_code is None:
        raise RunFailedError(f"the command never ran: {ended.reason or 'ECS gives no reason'} ({ended.task_arn}).")
    if ended.exit_code != 0:
        print(f"exit code {ended.exit_code}: {ended.reason} ({ended.task_arn})", file=sys.stderr, flush=True)
    return ended.exit_code
