"""An API that refuses, or does not answer, in the middle of a command: one message, a name, no traceback."""

from __future__ import annotations

import json
import signal
import sys

import pytest
import typer
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from ops.cli import main

DENIED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}, "DescribeImages")
EXPIRED = ClientError({"Error": {"Code": "ExpiredTokenException", "Message": "expired"}}, "DescribeServices")
GONE = ClientError({"Error": {"Code": "ServerException", "Message": "try again"}}, "DescribeServices")
SIGN_IN = "Sign in again (aws sso login, or new AWS_* variables)."
DOCTOR = "`asset-manager doctor` looks for causes."


def end_with(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a command that raises the error."""
    app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)

    @app.command()
    def fail(as_json: bool = typer.Option(False, "--json")) -> None:
        assert as_json
        raise error

    @app.command()
    def other() -> None:
        raise NotImplementedError

    monkeypatch.setattr(main, "app", app)
    monkeypatch.setattr(sys, "argv", ["asset-manager", "fail", "--json"])
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    main.main()


@pytest.mark.parametrize(
    ("error", "code", "name", "advice"),
    [
        (DENIED, 4, "access_denied", "Your role lacks this permission; an administrator has to add it."),
        (EXPIRED, 4, "credentials_missing", SIGN_IN),
        (NoCredentialsError(), 4, "credentials_missing", SIGN_IN),
        (GONE, 1, "aws_failed", "`asset-manager doctor` looks for causes."),
        (
            EndpointConnectionError(endpoint_url="https://ecs"),
            1,
            "aws_failed",
            "`asset-manager doctor` looks for causes.",
        ),
    ],
)
def test_it_is_printed_with_its_name_and_exit_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    code: int,
    name: str,
    advice: str,
) -> None:
    with pytest.raises(SystemExit) as ended:
        end_with(error, monkeypatch)
    message = f"{error}. {advice}"
    printed = capsys.readouterr()
    assert ended.value.code == code
    assert printed.err == f"asset-manager: {message}\n"
    assert json.loads(printed.out) == {"error": {"name": name, "message": message, "exit_code": code}}


def test_a_mistake_in_this_project_is_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyError):
        end_with(KeyError("services"), monkeypatch)
