"""The answer of a script in a one-off task: printed in pieces, and put together again."""

from __future__ import annotations

from typing import Any, cast

import pytest

from ops.aws import one_off_task
from ops.aws.probe import ProbeError, TaskFailedError, decoded, is_whole, run_script
from ops.aws.probe_runner import MARK
from ops.dagster_api.one_off import SCRIPT
from settings.load import load
from tests.support.one_off_tasks import LateLines, printed


def test_a_long_answer_comes_in_pieces_that_no_log_breaks_and_is_whole_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = {"body": [str(number**3) for number in range(9000)]}
    lines = printed(answer, monkeypatch, capsys)
    assert len(lines) > 1
    assert max(len(line) for line in lines) < 16_000
    among = ["entrypoint: config written", *reversed(lines)]
    assert is_whole(among)
    assert decoded(among) == answer
    assert not is_whole(lines[1:])
    with pytest.raises(ProbeError, match=rf"{len(lines) - 1} of {len(lines)} pieces of the answer came"):
        decoded(lines[1:])


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([], "0 of some pieces of the answer came; the task printed: nothing"),
        (
            ["Traceback", "ImportError: no"],
            "0 of some pieces of the answer came; the task printed: Traceback Imp",
        ),
        ([f"{MARK}1/1:nonsense"], "what the task printed is no answer"),
    ],
)
def test_what_is_not_an_answer_is_reported(lines: list[str], why: str) -> None:
    with pytest.raises(ProbeError, match=why):
        decoded(lines)


def test_lines_that_never_come_are_waited_for_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_off_task, "SECONDS_FOR_LATE_LINES", 0.05)
    aws = LateLines([f"{MARK}1/2:half"], monkeypatch)
    with pytest.raises(ProbeError, match="1 of 2 pieces of the answer came"):
        run_script(cast("Any", aws), load("prod"), SCRIPT)
    assert aws.polls > 3


def test_the_lines_of_a_task_that_failed_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = LateLines([], monkeypatch, exit_code=1)
    with pytest.raises(TaskFailedError, match="its task ended with 1"):
        run_script(cast("Any", aws), load("prod"), SCRIPT)
    assert aws.polls == 3  # the first page twice, until its token repeats, and once more after the end
