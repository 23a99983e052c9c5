"""`python -m tools`: an expected error of any command is one message and its exit code."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from ops.console.errors import CommandLineError, Interrupted, NotWritableError, OperatorError, ToolMissingError
from settings.errors import SettingsError
from tests.support.repository import ROOT
from tools import __main__ as tools
from tools import _programs

FILE = "/nowhere/file"


def raised(name: str, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    def fail() -> None:
        raise error

    monkeypatch.setattr(import_module(tools.COMMANDS[name]), "main", fail)
    return tools.main([name])


@pytest.mark.parametrize("name", tools.COMMANDS)
@pytest.mark.parametrize(
    ("error", "message", "code"),
    [
        (OperatorError("this failed"), "this failed", OperatorError.exit_code),
        (ToolMissingError("no uv"), "no uv", ToolMissingError.exit_code),
        (SettingsError("prod.yaml: name"), "prod.yaml: name", SettingsError.exit_code),
        (FileNotFoundError(2, "No such file", FILE), f"{FILE}: No such file", OperatorError.exit_code),
        (PermissionError(13, "Permission denied", FILE), f"{FILE}: Permission denied", NotWritableError.exit_code),
        (KeyboardInterrupt(), "interrupted", Interrupted.exit_code),
    ],
)
def test_an_expected_error_is_one_message_and_its_exit_code(
    name: str,
    error: BaseException,
    message: str,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert raised(name, error, monkeypatch) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"asset-manager: {message}")
    assert err.count("\n") == 1


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ZeroDivisionError):
        raised("lock", ZeroDivisionError(), monkeypatch)


@pytest.mark.parametrize("arguments", [[], ["sweep"], ["lock", "--newest"]])
def test_a_wrong_command_line_is_one_message(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert tools.main(arguments) == CommandLineError.exit_code
    assert re.fullmatch(r"asset-manager: (usage: )?python -m tools .*\n", capsys.readouterr().err)


def test_make_calls_every_command() -> None:
    called = re.findall(r"python -m tools ([\w-]+)", (ROOT / "Makefile").read_text())
    assert sorted(called) == sorted(tools.COMMANDS)


@pytest.mark.parametrize(
    ("environment", "program", "target"),
    [
        ("checkov", "checkov", "policy"),
        ("cdktn", "python", "check-cdktn"),
        ("workflows", "zizmor", "workflows"),
    ],
)
@pytest.mark.parametrize("damage", ["missing", "without its Python"])
def test_a_damaged_environment_names_the_target_that_installs_it_again(
    environment: str, program: str, target: str, damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_programs, "ENVIRONMENTS", tmp_path)
    folder = tmp_path / environment
    (folder / "bin").mkdir(parents=True)
    (folder / ".installed").touch()
    if damage == "without its Python":
        (folder / "bin" / program).touch(0o755)
        (folder / "bin" / "python").unlink(missing_ok=True)
        (folder / "bin" / "python").symlink_to("/nowhere/python")
    with pytest.raises(ToolMissingError, match=rf"`make {target}` installs {environment} again"):
        _programs.installed(environment, program, target)
    assert not (folder / ".installed").exists()  # else make would not install it
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(rf"^{target}: .*\.tools/{environment}/\.installed", makefile, re.M)
