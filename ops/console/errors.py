"""The errors an operator is expected to meet: one message each, one exit code each, no traceback.

A message says what happened, where, what is allowed, and what to do; `ops.cli.main` prints it.
Exit code 2 is not here: it is `settings.load.SettingsError`, because a stack may not import the operator's command.
"""

from __future__ import annotations

# The first clause of each docstring, to its colon or semicolon, is what a verb's help says of the exit code.

USAGE = 64


class OperatorError(Exception):
    """Anything else that an operator can mend; `str()` of it is the whole message."""

    exit_code = 1


class ToolMissingError(OperatorError):
    """Terraform, its provider, Node or the cdktf CLI is neither on the machine nor within reach."""

    exit_code = 3


class PortInUseError(OperatorError):
    """Another program listens on the port that the local AWS wants."""

    exit_code = 4


class LockHeldError(OperatorError):
    """Somebody else is at work: on the Terraform state, or in the same working copy."""

    exit_code = 5


class CredentialsError(OperatorError):
    """AWS credentials are missing, expired, or another account's."""

    exit_code = 6


class EmulatorDiedError(OperatorError):
    """The local AWS does not run any more, or did not start."""

    exit_code = 7


class TerraformError(OperatorError):
    """Terraform refused; its own diagnostics were printed before."""

    exit_code = 8


class DiskFullError(OperatorError):
    """No space is left where a file had to be written."""

    exit_code = 9


class Interrupted(BaseException):
    """Ctrl-C or `kill`; not KeyboardInterrupt, which Typer takes for its own and ends with."""

    exit_code = 130


class SecretMissingError(OperatorError):
    """A secret has to be stored and no value was given for it."""

    exit_code = 10


class NotSteadyError(OperatorError):
    """ECS does not run what was deployed."""

    exit_code = 11


class NotValidError(OperatorError):
    """A check of what was deployed failed."""

    exit_code = 12


class PricesMissingError(OperatorError):
    """Nobody has looked up what a region costs."""

    exit_code = 13


class PrerequisitesMissingError(OperatorError):
    """The account lacks something that a deployment needs and does not make."""

    exit_code = 14


class NotConfirmedError(OperatorError):
    """The operator was asked, and did not say yes."""

    exit_code = 15


class ImageMissingError(OperatorError):
    """The registry has no image of that tag, or another one than was released under it."""

    exit_code = 16


class UnderWayError(OperatorError):
    """A deployment is under way."""

    exit_code = 17


class RunFailedError(OperatorError):
    """A run or a task was launched and did not succeed."""

    exit_code = 18


class HoldsDataError(OperatorError):
    """What was to be destroyed holds data, or is protected."""

    exit_code = 19


class BuildFailedError(OperatorError):
    """The image could not be built or pushed."""

    exit_code = 20


class TroubleFoundError(OperatorError):
    """`doctor` found something."""

    exit_code = 21
