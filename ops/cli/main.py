"""`asset-manager`: the operator's command."""

from __future__ import annotations

import re
import signal
import sys
from types import FrameType
from typing import Any, cast

import typer
from typer.exceptions import TyperException

from ops.cli.table import placeholders
from ops.console.errors import (
    AccessDeniedError,
    AwsError,
    CommandLineError,
    CredentialsError,
    Interrupted,
    OperatorError,
)
from ops.console.program import exit_code, print_error

app = placeholders()
OTHER_PROGRAMS = ("exec", "cdktf")  # the commands that pass their arguments on to another program


def main() -> None:
    """Run the command; an expected error is one message on stderr and its exit code, never a traceback."""
    # `kill` and a closed terminal end a run as Ctrl-C does: Terraform is asked to stop, and saves its state.
    for interrupt in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(interrupt, _interrupted)
    as_json = "--json" in sys.argv[2:] and sys.argv[1] not in OTHER_PROGRAMS
    try:
        sys.exit(exit_code(_run, as_json=as_json))
    except TyperException as error:  # Typer's own exit code 2 would be that of a plan with changes
        if as_json:
            print_error(CommandLineError.name, error.format_message(), CommandLineError.exit_code)
        cast("Any", error).show()  # Typer does not export the subclass that has the method
        sys.exit(CommandLineError.exit_code)


def _run() -> int | None:
    try:
        code: int | None = typer.main.get_command(app)(standalone_mode=False)
    except Exception as error:
        if refused := _of_aws(error):
            raise refused from error
        raise
    return code


def _of_aws(error: Exception) -> OperatorError | None:
    """The error to report for an API that refuses or is out of reach; None for any other error."""
    # By name: only the commands that call AWS import botocore.
    kinds = {kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "botocore.exceptions"}
    if not kinds & {"ClientError", "BotoCoreError"}:
        return None
    if re.search(r"Credential|SSOToken|ExpiredToken|InvalidClientTokenId|UnrecognizedClient", f"{type(error)} {error}"):
        return CredentialsError(f"{error}. Sign in again (aws sso login, or new AWS_* variables).")
    if "ClientError" in kinds and re.search(r"AccessDenied|Unauthorized|NotAuthorized", str(error)):
        return AccessDeniedError(f"{error}. Your role lacks this permission; an administrator has to add it.")
    return AwsError(f"{error}. `asset-manager doctor` looks for causes.")


def _interrupted(_signal: int, _frame: FrameType | None) -> None:
    raise Interrupted


if __name__ == "__main__":
    main()
