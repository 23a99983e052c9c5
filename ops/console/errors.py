"""The errors an operator is expected to meet: each has a name, an exit code and one message, and prints no traceback.

A message says what happened, where, what is allowed, and what to do. `ops.console.program` prints it. The name is
stable: `--json` prints it, and scripts may compare it. `SettingsError` is in `settings.errors`, because a stack may
not import this package.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Every exit code but 0; README has the same table."""

    FAILED = 1
    CHANGES = 2
    INVALID = 3
    MACHINE = 4
    IN_PROGRESS = 5
    REFUSED = 6
    UNHEALTHY = 7
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.FAILED: "the command failed",
    ExitCode.CHANGES: "there is something to change",
    ExitCode.INVALID: "the settings or the command line are invalid",
    ExitCode.MACHINE: "this machine or its credentials lack something",
    ExitCode.IN_PROGRESS: "another operation is in progress",
    ExitCode.REFUSED: "refused, and nothing was changed",
    ExitCode.UNHEALTHY: "the deployment is not healthy",
    ExitCode.INTERRUPTED: "interrupted",
}


class OperatorError(Exception):
    """Any other error that an operator can fix; `str()` of it is the whole message."""

    name = "failed"
    exit_code = ExitCode.FAILED


class TerraformError(OperatorError):
    """Terraform failed; its own diagnostics were printed before."""

    name = "terraform_failed"


class EmulatorDiedError(OperatorError):
    """The local AWS does not run, or did not start."""

    name = "local_aws_not_running"


class RunFailedError(OperatorError):
    """A run or a task was launched and did not succeed."""

    name = "run_failed"


class BuildFailedError(OperatorError):
    """The image could not be built or pushed."""

    name = "build_failed"


class AwsError(OperatorError):
    """AWS returned an error that no other class describes, or is out of reach."""

    name = "aws_failed"


class CommandLineError(OperatorError):
    """An argument, an option or an environment variable has a value that is not allowed."""

    name = "command_line_invalid"
    exit_code = ExitCode.INVALID


class ToolMissingError(OperatorError):
    """Terraform, its provider, Node or the cdktf CLI is not on the machine and cannot be downloaded."""

    name = "tool_missing"
    exit_code = ExitCode.MACHINE


class PortInUseError(OperatorError):
    """Another program listens on the port of the local AWS."""

    name = "port_in_use"
    exit_code = ExitCode.MACHINE


class DiskFullError(OperatorError):
    """No space is left on the disk."""

    name = "disk_full"
    exit_code = ExitCode.MACHINE


class NotWritableError(OperatorError):
    """The permissions of a file or a folder do not allow to write it."""

    name = "not_writable"
    exit_code = ExitCode.MACHINE


class CredentialsError(OperatorError):
    """AWS credentials are missing, expired, or of another account."""

    name = "credentials_missing"
    exit_code = ExitCode.MACHINE


class AccessDeniedError(OperatorError):
    """The credentials are valid, and their role lacks a permission."""

    name = "access_denied"
    exit_code = ExitCode.MACHINE


class LockHeldError(OperatorError):
    """Another process holds the lock of the Terraform state or of the working copy."""

    name = "state_locked"
    exit_code = ExitCode.IN_PROGRESS


class UnderWayError(OperatorError):
    """ECS has not completed the last deployment."""

    name = "deployment_in_progress"
    exit_code = ExitCode.IN_PROGRESS


class RefusedError(OperatorError):
    """What was asked for cannot be done in the present state of the deployment or of its files."""

    name = "refused"
    exit_code = ExitCode.REFUSED


class NotConfirmedError(OperatorError):
    """The operator did not confirm."""

    name = "not_confirmed"
    exit_code = ExitCode.REFUSED


class HoldsDataError(OperatorError):
    """What would be destroyed holds data, or is protected."""

    name = "holds_data"
    exit_code = ExitCode.REFUSED


class ImageMissingError(OperatorError):
    """The registry has no image with that tag, or another image than the one that was released with it."""

    name = "image_missing"
    exit_code = ExitCode.REFUSED


class SecretMissingError(OperatorError):
    """A secret has to be stored, and no value was given."""

    name = "secret_missing"
    exit_code = ExitCode.REFUSED


class PricesMissingError(OperatorError):
    """The price list lacks the region."""

    name = "prices_missing"
    exit_code = ExitCode.REFUSED


class PrerequisitesMissingError(OperatorError):
    """The account lacks something that a deployment needs and does not create."""

    name = "prerequisites_missing"
    exit_code = ExitCode.REFUSED


class NotSteadyError(OperatorError):
    """ECS does not run what was deployed."""

    name = "not_steady"
    exit_code = ExitCode.UNHEALTHY


class NotValidError(OperatorError):
    """A check of the deployment failed."""

    name = "not_valid"
    exit_code = ExitCode.UNHEALTHY


class TroubleFoundError(OperatorError):
    """`doctor` found trouble."""

    name = "trouble_found"
    exit_code = ExitCode.UNHEALTHY


class Interrupted(BaseException):
    """Ctrl-C or `kill`. It is not a KeyboardInterrupt, because Typer handles that one itself."""

    name = "interrupted"
    exit_code = ExitCode.INTERRUPTED
