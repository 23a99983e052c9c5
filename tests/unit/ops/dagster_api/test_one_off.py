"""A request that a one-off task sends."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from ops.aws.probe import command
from ops.dagster_api.one_off import SCRIPT, OneOffTask
from ops.dagster_api.runs import EVENTS
from ops.dagster_api.transport import Answer, NoAnswerError
from settings.load import load
from tests.support.one_off_tasks import LateLines, printed

OVERRIDES = 8192  # characters, of all of RunTask's overrides; docs.aws.amazon.com, API_TaskOverride


def test_the_longest_query_fits_into_a_tasks_overrides() -> None:
    body = json.dumps({"query": EVENTS, "variables": {"id": "0123456789abcdef0123456789abcdef0123"}})
    override = {"name": "asset-manager-daemon", "command": command(SCRIPT, "http://10.0.11.7:3000/graphql", body)}
    assert len(json.dumps({"containerOverrides": [override]})) < OVERRIDES * 3 // 4


def test_pieces_that_cloudwatch_shows_late_are_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    body = json.dumps([str(number**3) for number in range(9000)])
    lines = printed({"status": 200, "body": body}, monkeypatch, capsys)
    assert len(lines) > 1
    task = OneOffTask(cast("Any", LateLines(["entrypoint: config written", *lines], monkeypatch)), load("prod"))
    assert task.send("/graphql", "{}") == Answer(status=200, location="", body=body)


def test_a_web_task_that_does_not_answer_is_reported_with_its_address(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = printed({"error": "[Errno 111] Connection refused"}, monkeypatch, capsys)
    task = OneOffTask(cast("Any", LateLines(lines, monkeypatch)), load("prod"))
    why = r"^http://10\.0\.11\.7:3000/graphql does not answer from within: .*Connection refused"
    with pytest.raises(NoAnswerError, match=why):
        task.send("/graphql", "{}")


def test_a_task_that_fails_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    task = OneOffTask(cast("Any", LateLines([], monkeypatch, exit_code=1)), load("prod"))
    with pytest.raises(NoAnswerError, match="server_info cannot be asked from within: its task ended with 1"):
        task.send("/server_info", None)
