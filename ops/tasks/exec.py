"""`asset-manager exec`: a command in a task of its own; there is no shell in a running task."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ops.aws.account import check_credentials
from ops.aws.clients import Clients
from ops.aws.one_off_task import refuse_a_daemon, run_one_off
from ops.console.errors import RunFailedError
from settings.load import load


def exec_(environment: str, command: Sequence[str]) -> int:
    """Run the command to its end, and return its exit code."""
    settings = load(environment)
    refuse_a_daemon(command)
    clients = Clients.of_shell(settings.region)
    check_credentials(clients, settings)
    ended = run_one_off(clients, settings, command, lambda line: print(line, flush=True))
    if ended.exit_code is None:
        raise RunFailedError(f"the command never ran: {ended.reason or 'ECS gives no reason'} ({ended.task_arn}).")
    if ended.exit_code != 0:
        print(f"exit code {ended.exit_code}: {ended.reason} ({ended.task_arn})", file=sys.stderr, flush=True)
    return ended.exit_code
