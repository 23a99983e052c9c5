"""What the probe of connections is and prints, and what is made of it."""

from __future__ import annotations

import ast
import json
import sys
from typing import Any, cast

import pytest

from ops.aws import one_off_task
from ops.aws.probe import command
from ops.checking.causes import connection
from ops.checking.causes.connection import SCRIPT, checks, explain, judge_connections, judge_reached, judge_tls
from ops.checking.report import look
from settings.load import load
from tests.support.one_off_tasks import LateLines, printed

OVERRIDES = 8192  # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskOverride.html
IN_THE_IMAGE = {"boto3", "botocore", "psycopg2", "sqlalchemy", "yaml"}
CANARY = "canary-5Vd8"
DATABASE = {"version": "17.4", "tls": "TLSv1.3", "limit": 200, "used": 4}


def test_the_probe_fits_a_tasks_override_and_imports_what_the_image_has() -> None:
    source = SCRIPT.read_text()
    override = {"name": "asset-manager-daemon", "command": command(SCRIPT)}
    assert len(json.dumps({"containerOverrides": [override]})) < OVERRIDES * 3 // 4
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {
        name.partition(".")[0]
        for node in found
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names])
    }
    assert modules - IN_THE_IMAGE <= sys.stdlib_module_names


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        ('OperationalError: could not translate host name "db.invalid" to address', "its name has no address"),
        ("gaierror: [Errno -2] Name or service not known", "its name has no address"),
        ("OperationalError: connection to server at 2a05:d018::1, port 5432 failed: Network is unreachable", "no way"),
        ("OperationalError: connection to server at 10.0.0.1 failed: Connection refused", "nothing listens there"),
        ("OperationalError: connection to server at 10.0.0.1 failed: timeout expired", "nothing answers in time"),
        ("TimeoutError: timed out", "nothing answers in time"),
        ('OperationalError: FATAL: password authentication failed for user "postgres"', "are not accepted"),
        ("OperationalError: FATAL: Tenant or user not found", "user or password are not accepted"),
        ("OperationalError: FATAL: sorry, too many clients already", "no connection left"),
        ("OperationalError: FATAL: MaxClientsInSessionMode: max clients reached", "no connection left"),
        ('OperationalError: FATAL: database "dagster" does not exist', "is not there"),
        ("OperationalError: server does not support SSL, but SSL was required", "no TLS can be agreed on"),
        ("OperationalError: SSL error: certificate verify failed", "no TLS can be agreed on"),
        ("ClientError: An error occurred (AccessDenied) when calling ListObjectsV2", "the role may not"),
        ("NoSuchBucket: An error occurred (NoSuchBucket): The specified bucket does not exist", "no such bucket"),
        ("KeyError: 'SNOWFLAKE_HOST'", "a variable is missing"),
        ("RuntimeError: what nobody has seen", "it failed"),
    ],
)
def test_a_cause_in_words(error: str, cause: str) -> None:
    why, advice = explain(error)
    assert cause in why
    assert advice
    found = judge_reached({"error": error}, "it")
    assert (found.status, found.why, found.next) == ("failed", f"it: {why} ({error})", advice)


@pytest.mark.parametrize(
    ("tls", "status"),
    [("TLSv1.3", "ok"), ("TLSv1.2", "ok"), ("TLSv1", "failed"), ("TLSv1.1", "failed"), (None, "failed")],
)
def test_the_database_is_reached_by_a_safe_tls(tls: str | None, status: str) -> None:
    assert judge_tls({"tls": tls}).status == status


@pytest.mark.parametrize(
    ("used", "limit", "allowed", "status"),
    [(53, 60, 60, "ok"), (54, 60, 60, "failed"), (1, 60, 61, "failed"), (89, 500, 100, "ok"), (90, 500, 100, "failed")],
)
def test_connections_are_compared_with_both_limits(used: int, limit: int, allowed: int, status: str) -> None:
    found = judge_connections({"used": used, "limit": limit}, allowed)
    assert found.status == status
    assert found.why == f"{used} connections of the server's {limit}; the environment file counts on {allowed}"


def test_what_a_database_that_does_not_answer_cannot_tell_is_skipped() -> None:
    reached: dict[str, Any] = {"metrics": {"where": "h:1/m"}, "snowflake": {"where": "h:2"}, "bucket": {"where": "b"}}
    well = look(checks({"database": DATABASE, **reached}, 200), 0, print)
    assert {result.status for result in well} == {"ok"}
    assert [result.name for result in well][:3] == ["database", "database TLS", "database connections"]
    ill = look(checks({"database": {"error": "timeout expired"}, **reached}, 200), 0, print)
    assert [result.status for result in ill] == ["failed", "skipped", "skipped", "ok", "ok", "ok"]


def test_pieces_that_cloudwatch_shows_late_are_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parts: dict[str, Any] = {"database": DATABASE, "metrics": {"where": "h:1/m"}, "snowflake": {"where": "h:2"}}
    lines = printed({**parts, "bucket": {"where": "b"}}, monkeypatch, capsys)
    aws = LateLines(["entrypoint: config written", *lines], monkeypatch)
    aws.settings = load("prod")
    assert {result.status for result in connection.results(cast("Any", aws), print)} == {"ok"}


def test_a_task_that_reports_nothing_is_shown_with_its_last_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_off_task, "SECONDS_FOR_LATE_LINES", 0.05)
    aws = LateLines(["Traceback", "ImportError"], monkeypatch)
    aws.settings = load("prod")
    (result,) = connection.results(cast("Any", aws), print)
    assert result.status == "failed"
    assert "pieces of the answer came; the task printed: Traceback ImportError" in result.why


def test_a_task_that_fails_is_explained_by_its_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = LateLines([], monkeypatch, exit_code=137)
    aws.settings = load("prod")
    (result,) = connection.results(cast("Any", aws), print)
    assert (result.status, result.why) == ("failed", "its task did not do its work: killed (exit code 137) ()")
