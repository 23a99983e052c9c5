"""`asset-manager`: the operator's command, and the one place where an expected error becomes message and exit code."""

from __future__ import annotations

import errno
import re
import signal
import sys
from types import FrameType
from typing import Any, cast

import typer

from ops.cli import checking, ci, deploying, environments, local, releasing, secrets, tasks
from ops.console.errors import USAGE, CredentialsError, DiskFullError, Interrupted, OperatorError
from ops.console.output import tell
from settings.errors import SettingsError

# EX_USAGE of sysexits.h, for a command line that is none: click's own is 2, which of `plan` means a change.
# Typer keeps click's UsageError to itself, and BadParameter is one.
cast("Any", typer.BadParameter.__base__).exit_code = USAGE

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # what rich makes of help takes longer to import than all else together
    help="Dagster on ECS Fargate: the operator's command.",
)
for module in (deploying, releasing, checking, tasks, ci):
    app.add_typer(module.app)
app.add_typer(environments.app, name="env")
app.add_typer(secrets.app, name="secrets")
app.add_typer(local.app, name="local")


def main() -> None:
    """Run the command; an expected error is one message on stderr and its own exit code, never a traceback."""
    # `kill` and a closed terminal end a run as Ctrl-C does: Terraform is asked to stop, and saves its state.
    for interrupt in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(interrupt, _interrupted)
    try:
        app()
    except (OperatorError, SettingsError) as error:
        sys.exit(_refuse(str(error), error.exit_code))
    except Interrupted as interrupted:
        sys.exit(_refuse(str(interrupted) or "interrupted; the next run goes on from here.", interrupted.exit_code))
    except OSError as error:
        sys.exit(_refuse(_cannot_write(error), DiskFullError.exit_code))
    except Exception as error:
        sys.exit(_refuse(*_of_aws(error)))


def _cannot_write(error: OSError) -> str:
    """What to say of a file that cannot be written; any other error is raised again."""
    what = error.filename or "a file"
    if error.errno == errno.ENOSPC:
        return f"the disk is full: {what} could not be written. Free some space, run it again."
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS} and error.filename:
        return f"{what}: {error.strerror}. Make it writable for you, or work in a folder that is; run it again."
    raise error


def _of_aws(error: Exception) -> tuple[str, int]:
    """What to say of an API that refuses or is out of reach, and the exit code; any other error is raised again."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  --help need not wait for it

    if re.search(r"Credential|SSOToken|ExpiredToken|InvalidClientTokenId|UnrecognizedClient", f"{type(error)} {error}"):
        return f"{error}. Sign in again (aws sso login, or new AWS_* variables).", CredentialsError.exit_code
    if isinstance(error, ClientError) and re.search(r"AccessDenied|Unauthorized|NotAuthorized", str(error)):
        return f"{error}. Your role lacks this right; whoever gives it has to add it.", CredentialsError.exit_code
    if isinstance(error, ClientError | BotoCoreError):
        return f"{error}. `asset-manager doctor` looks for causes.", OperatorError.exit_code
    raise error


def _interrupted(_signal: int, _frame: FrameType | None) -> None:
    raise Interrupted


def _refuse(message: str, code: int) -> int:
    tell(f"asset-manager: {message}\n", sys.stderr)
    tell("")  # Python flushes stdout when it ends, and would end with another code where nobody reads that any more
    return code


if __name__ == "__main__":
    main()
