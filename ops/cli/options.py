"""What several commands share: their options, and the end of their help with an example and the exit codes."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.console.errors import MEANINGS, ExitCode
from settings.environment_file import REPOSITORY

ANY_COMMAND = (ExitCode.FAILED, ExitCode.INVALID, ExitCode.MACHINE, ExitCode.INTERRUPTED)


def environments() -> list[str]:
    """The names that a shell completes."""
    return sorted(file.stem for file in (REPOSITORY / "environments").glob("*.yaml"))


Environment = Annotated[
    str,
    typer.Option(
        "--environment",
        "-e",
        envvar="ASSET_MANAGER_ENV",
        help="The environment: the name of a file in environments/.",
        autocompletion=environments,
    ),
]
Url = Annotated[str | None, typer.Option(help="The address of the web server, if you have a port forward to it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, also for an error.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")]


def ending(example: str, *codes: ExitCode, done: str = "done") -> str:
    """An example, and the exit codes; `codes` are those that not every command has."""
    listed = "; ".join(f"{code} {MEANINGS[code]}" for code in sorted({*ANY_COMMAND, *codes}))
    return f"Example: {example}\n\nExit codes: 0 {done}; {listed}."
