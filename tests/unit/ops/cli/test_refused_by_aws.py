"""An API that refuses, or does not answer, in the middle of a verb: one message, no traceback."""

from __future__ import annotations

import signal

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from ops.cli import main

DENIED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}, "DescribeImages")
EXPIRED = ClientError({"Error": {"Code": "ExpiredTokenException", "Message": "expired"}}, "DescribeServices")
GONE = ClientError({"Error": {"Code": "ServerException", "Message": "try again"}}, "DescribeServices")


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (DENIED, 6, "Your role lacks this right; whoever gives it has to add it."),
        (EXPIRED, 6, "Sign in again (aws sso login, or new AWS_* variables)."),
        (NoCredentialsError(), 6, "Sign in again (aws sso login, or new AWS_* variables)."),
        (GONE, 1, "`asset-manager doctor` looks for causes."),
        (EndpointConnectionError(endpoint_url="https://ecs"), 1, "`asset-manager doctor` looks for causes."),
    ],
)
def test_it_is_told_and_has_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, code: int, said: str
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(main, "app", fail)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == code
    assert capsys.readouterr().err == f"asset-manager: {error}. {said}\n"


def test_a_mistake_of_ours_is_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise KeyError("services")

    monkeypatch.setattr(main, "app", fail)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with pytest.raises(KeyError):
        main.main()
