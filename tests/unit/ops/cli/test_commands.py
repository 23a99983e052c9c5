"""The table of commands and the commands themselves: each has a summary, an example and its exit codes."""

from __future__ import annotations

import ast
import json
import signal
import sys
from collections import Counter

import pytest
from typer.testing import CliRunner

from ops.cli import main
from ops.cli.table import COMMANDS, load
from tests.support.repository import ROOT

PATHS = [path for path, (module, _) in COMMANDS.items() if module]
LOADED = {path: load(path) for path in PATHS}


@pytest.mark.parametrize("path", PATHS)
def test_a_command_has_a_summary_an_example_and_its_exit_codes(path: str) -> None:
    command = LOADED[path]
    example, codes = (command.epilog or "").split("\n\n")
    assert (command.help or "").splitlines()[0] == COMMANDS[path][1]
    assert example.startswith((f"Example: asset-manager {path}", f'Example: eval "$(asset-manager {path}'))
    assert codes.startswith("Exit codes: 0 ")
    assert "; 3 the settings or the command line are invalid; " in codes


def test_the_table_has_every_command_of_every_module_once() -> None:
    in_modules: Counter[str] = Counter()
    for file in (ROOT / "ops" / "cli").glob("*.py"):
        functions = [node for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef)]
        in_modules[file.stem] = sum(bool(function.decorator_list) for function in functions)
    assert +in_modules == Counter(COMMANDS[path][0] for path in PATHS)


@pytest.mark.parametrize("path", PATHS)
def test_a_command_is_found_by_its_name_and_prints_its_own_help(path: str) -> None:
    if path == "cdktf":  # whose --help is the CLI's
        return
    done = CliRunner().invoke(main.app, [*path.split(), "--help"])
    assert done.exit_code == 0
    assert done.output.startswith("Usage: ")
    assert "Exit codes: 0 " in done.output


def test_no_summary_is_too_long_for_the_list_of_commands() -> None:
    for group in ("", "env", "secrets", "local"):
        listed = CliRunner().invoke(main.app, [*group.split(), "--help"]).output.partition("Commands:")[2]
        assert listed
        assert "..." not in listed


@pytest.mark.parametrize(
    "arguments", [("plan", "--marked-down"), ("scale", "web"), ("plant",), ("secrets", "lsit", "--json")]
)
def test_an_invalid_command_line_has_an_exit_code_that_no_plan_has(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["asset-manager", *arguments])
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 3
    printed = capsys.readouterr()
    assert printed.err.startswith("Usage: ")
    if "--json" in arguments:
        error = {"name": "command_line_invalid", "message": "No such command 'lsit'. Did you mean 'list'?"}
        assert json.loads(printed.out) == {"error": {**error, "exit_code": 3}}


def test_a_command_with_json_ends_with_a_document_for_its_error_and_exec_with_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    for arguments, names in (
        (["status", "-e", "prdo", "--json"], ["settings_invalid"]),
        (["status", "-e", "prdo"], []),
        (["exec", "-e", "prdo", "dagster", "--json"], []),
    ):
        monkeypatch.setattr(sys, "argv", ["asset-manager", *arguments])
        with pytest.raises(SystemExit) as ended:
            main.main()
        printed = capsys.readouterr()
        assert ended.value.code == 3
        assert printed.err.startswith("asset-manager: environments: no environment 'prdo'")
        assert [json.loads(printed.out)["error"]["name"]] if printed.out else names == []
