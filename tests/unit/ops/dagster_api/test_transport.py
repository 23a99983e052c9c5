"""The choice between the direct transport and the task: never both for one request."""

from __future__ import annotations

import pytest

from ops.console.finding import CannotLookError
from ops.dagster_api.transport import Answer, DirectOrTask, NoAnswerError, Transport

FELL_SILENT = NoAnswerError("https://dg.example.com does not answer: timed out")


class Fixed:
    """A transport that gives these answers, the last of them again and again, and keeps what it was sent."""

    def __init__(self, *answers: int | NoAnswerError, url: str = "https://dg.example.com") -> None:
        self.url, self.answers, self.sent = url, list(answers), list[str]()

    def send(self, path: str, body: str | None) -> Answer:
        self.sent.append(f"{path} {body}")
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, NoAnswerError):
            raise answer
        return Answer(status=answer, location="", body="")


def statuses(transport: Transport, *bodies: str) -> list[int]:
    return [transport.send("/graphql", body).status for body in bodies]


@pytest.mark.parametrize("first", [302, 401, 403, FELL_SILENT])
def test_what_is_behind_sign_in_is_asked_by_the_task_from_then_on(
    first: int | NoAnswerError, capsys: pytest.CaptureFixture[str]
) -> None:
    direct, task = Fixed(first, 200), Fixed(200)
    assert statuses(DirectOrTask(direct, task), "one", "two") == [200, 200]
    assert (direct.sent, task.sent) == (["/graphql one"], ["/graphql one", "/graphql two"])
    assert capsys.readouterr().err.count("asks from within") == 1


def test_what_answered_from_here_is_not_asked_again_from_within() -> None:
    """The web server takes a mutation and never answers: a second request would launch a second run."""
    direct, task = Fixed(200, FELL_SILENT), Fixed(200)
    transport = DirectOrTask(direct, task)
    assert statuses(transport, "{ version }") == [200]
    with pytest.raises(NoAnswerError, match="does not answer"):
        transport.send("/graphql", "mutation { launchRun }")
    assert task.sent == []


@pytest.mark.parametrize(
    ("direct", "task"),
    [(Fixed(FELL_SILENT), None), (Fixed(FELL_SILENT, url="http://127.0.0.1:3000"), Fixed(200))],
    ids=["no task", "on this machine"],
)
def test_silence_is_an_error_where_no_task_can_get_behind_it(direct: Fixed, task: Fixed | None) -> None:
    with pytest.raises(NoAnswerError, match="does not answer"):
        DirectOrTask(direct, task).send("/graphql", "{}")


def test_without_a_task_sign_in_is_a_reason_to_skip_the_check() -> None:
    with pytest.raises(CannotLookError, match=r"^GraphQL is behind sign-in \(302\)$") as refused:
        DirectOrTask(Fixed(302), None).send("/graphql", "{}")
    assert refused.value.finding.status == "skipped"
    assert refused.value.finding.next.startswith("Look from within (status --within, validate)")
