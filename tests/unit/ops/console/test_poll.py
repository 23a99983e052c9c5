"""The loop asks at once, waits between two questions, and ends at the first good answer or when the time is up."""

import time

import pytest

from ops.console.poll import poll


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of each sleep, on a clock that only sleeping moves."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(time, "monotonic", lambda: sum(slept))
    return slept


@pytest.mark.parametrize(
    ("good", "timeout", "last", "sleeps"),
    [
        (0, 10, 0, []),
        (2, 10, 2, [2, 2]),
        (9, 0, 1, [2]),
        (9, 5, 3, [2, 2, 2]),
    ],
)
def test_it_returns_the_first_good_answer_or_the_last(
    slept: list[float], good: int, timeout: float, last: int, sleeps: list[float]
) -> None:
    answers = iter(range(10))
    assert poll(lambda: next(answers), lambda answer: answer == good, timeout, 2) == last
    assert slept == sleeps
