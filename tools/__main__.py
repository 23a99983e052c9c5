"""`python -m tools <command>`: the one place where an expected error becomes a message and an exit code."""

from __future__ import annotations

import inspect
import pkgutil
import sys
from importlib import import_module

import tools
from ops.console.errors import USAGE, Interrupted, OperatorError
from settings.errors import SettingsError

COMMANDS = {
    module.name.replace("_", "-"): f"tools.{module.name}"
    for module in pkgutil.iter_modules(tools.__path__)
    if not module.name.startswith("_")
}


def main(arguments: list[str]) -> int:
    """Run a command and return the exit code. An expected error is one message on stderr, without a traceback."""
    name, *rest = arguments or [""]
    try:
        if name not in COMMANDS:
            return _refuse(f"usage: python -m tools <command>. Commands: {', '.join(COMMANDS)}", USAGE)
        command = import_module(COMMANDS[name]).main
        try:
            inspect.signature(command).bind(*rest)
        except TypeError as error:
            return _refuse(f"python -m tools {name}: {error}", USAGE)
        command(*rest)
    except (OperatorError, SettingsError) as error:
        return _refuse(str(error), error.exit_code)
    except OSError as error:  # a file or a folder that cannot be read or written, a full disk
        return _refuse(f"{error.filename or name}: {error.strerror or error}", OperatorError.exit_code)
    except KeyboardInterrupt:
        return _refuse("interrupted", Interrupted.exit_code)
    return 0


def _refuse(message: str, code: int) -> int:
    print(f"asset-manager: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
