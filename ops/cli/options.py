"""What several verbs have alike: their options, and how each tells its example and its exit codes."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.console.errors import (
    USAGE,
    CredentialsError,
    DiskFullError,
    Interrupted,
    LockHeldError,
    OperatorError,
    TerraformError,
    ToolMissingError,
)
from settings.errors import SettingsError


def environments() -> list[str]:
    """What a shell completes an environment's name with."""
    from settings.environment_file import REPOSITORY  # noqa: PLC0415

    return sorted(file.stem for file in (REPOSITORY / "environments").glob("*.yaml"))


Environment = Annotated[
    str,
    typer.Option(
        "--environment",
        "-e",
        envvar="ASSET_MANAGER_ENV",
        help="A file in environments/, by its name.",
        autocompletion=environments,
    ),
]
Url = Annotated[str | None, typer.Option(help="The web server's address; as a rule it is known.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]

ExpectedError = type[OperatorError | SettingsError | Interrupted]
AWS: tuple[ExpectedError, ...] = (OperatorError, SettingsError, CredentialsError, Interrupted)
TERRAFORM: tuple[ExpectedError, ...] = (*AWS, ToolMissingError, LockHeldError, TerraformError, DiskFullError)


def after(example: str, *codes: ExpectedError, done: str = "done") -> str:
    """The end of a verb's help: an example, and its exit codes in the words of the errors themselves."""
    meanings = {0: done, USAGE: "no such argument or option"} | {code.exit_code: _meaning(code) for code in codes}
    return f"Example: {example}\n\nExit codes: {'; '.join(f'{code} {meanings[code]}' for code in sorted(meanings))}."


def _meaning(error: ExpectedError) -> str:
    """The first clause of its docstring, as part of a list."""
    first = (error.__doc__ or "").splitlines()[0].partition(";")[0].partition(":")[0].rstrip(".")
    return first if first.startswith(("AWS", "ECS", "Terraform", "Ctrl")) else first[:1].lower() + first[1:]
