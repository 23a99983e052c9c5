"""`python -m tools <command>`: an expected error of any command is one message and an exit code."""

from __future__ import annotations

import inspect
import pkgutil
import sys
from collections.abc import Sequence
from functools import partial
from importlib import import_module

import tools
from ops.console.errors import CommandLineError, Interrupted, OperatorError
from ops.console.program import exit_code

COMMANDS = {
    module.name.replace("_", "-"): f"tools.{module.name}"
    for module in pkgutil.iter_modules(tools.__path__)
    if not module.name.startswith("_")
}


def main(arguments: Sequence[str]) -> int:
    """Run a command and return the exit code. An expected error is one message on stderr, without a traceback."""
    return exit_code(partial(_run, *arguments))


def _run(name: str = "", *arguments: str) -> None:
    if name not in COMMANDS:
        raise CommandLineError(f"usage: python -m tools <command>. Commands: {', '.join(COMMANDS)}")
    command = import_module(COMMANDS[name]).main
    try:
        inspect.signature(command).bind(*arguments)
    except TypeError as error:
        raise CommandLineError(f"python -m tools {name}: {error}") from None
    try:
        command(*arguments)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise OperatorError(f"{error.filename}: {error.strerror}") from error
    except KeyboardInterrupt:
        raise Interrupted from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
