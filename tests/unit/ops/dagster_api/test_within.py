"""What a task prints that asked from within, put together again."""

import json

import pytest

from ops.dagster_api import within_probe
from ops.dagster_api.web import Answer, NoAnswerError
from ops.dagster_api.within import MARK, PROBE, is_whole, parse

URL = "http://10.0.11.7:3000/graphql"
OVERRIDES = 8192  # characters, of all of RunTask's overrides; docs.aws.amazon.com, API_TaskOverride


def printed(argv: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    monkeypatch.setattr("sys.argv", ["-c", *argv])
    within_probe.main()
    return capsys.readouterr().out.splitlines()


def test_a_long_answer_comes_in_pieces_that_no_log_breaks_and_is_whole_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    body = json.dumps([str(number**3) for number in range(9000)])
    monkeypatch.setattr(within_probe, "ask", lambda *_: {"status": 200, "body": body})
    lines = printed([URL, "{}"], monkeypatch, capsys)
    assert len(lines) > 1
    assert max(len(line) for line in lines) < 16_000
    among = ["entrypoint: config written", *reversed(lines)]
    assert is_whole(among)
    assert parse(URL, among) == Answer(status=200, location="", body=body)
    assert not is_whole(lines[1:])
    with pytest.raises(NoAnswerError, match=rf"{len(lines) - 1} of {len(lines)} pieces of the answer came"):
        parse(URL, lines[1:])


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
    with pytest.raises(NoAnswerError, match=why):
        parse(URL, lines)


def test_the_question_has_room_in_an_override() -> None:
    """The longest is the query of a run's events."""
    assert within_probe.MARK == MARK
    assert len(json.dumps(PROBE.read_text())) < OVERRIDES / 2
