"""The operator's command: every verb has help, an example, and its exit codes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperCommand, TyperGroup
from typer.testing import CliRunner

from ops.cli.main import app
from ops.console import errors


def verbs(group: TyperGroup, path: str = "asset-manager") -> Iterator[tuple[str, TyperCommand]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from verbs(command, f"{path} {name}")
        elif isinstance(command, TyperCommand):
            yield f"{path} {name}", command


VERBS = dict(verbs(typer.main.get_group(app)))


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_has_help_an_example_and_its_exit_codes(verb: str) -> None:
    command = VERBS[verb]
    example, codes = (command.epilog or "").split("\n\n")
    assert command.help
    assert example.startswith((f"Example: {verb}", f'Example: eval "$({verb}'))
    assert codes.startswith("Exit codes: 0 ")


def test_every_expected_error_has_an_exit_code_of_its_own() -> None:
    found = [error for error in vars(errors).values() if isinstance(error, type) and hasattr(error, "exit_code")]
    codes = [error.exit_code for error in found]
    assert len(found) > 10
    assert sorted(set(codes)) == sorted(codes)
    assert 2 not in codes  # the settings'


@pytest.mark.parametrize("arguments", [("plan", "--marked-down"), ("scale", "web"), ("plant",)])
def test_a_command_line_that_is_none_does_not_end_as_a_plan_with_changes_does(arguments: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == errors.USAGE == 64
    assert done.output.startswith("Usage: ")
