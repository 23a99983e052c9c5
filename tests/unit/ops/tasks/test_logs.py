"""A run's log before its container has begun: its stream is not there yet."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ops.console.errors import OperatorError
from ops.tasks import logs


class Logs:
    """FilterLogEvents, refused as often as it is told."""

    exceptions = SimpleNamespace(ResourceNotFoundException=LookupError)

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals

    def get_paginator(self, _name: str) -> SimpleNamespace:
        return SimpleNamespace(paginate=self._pages)

    def _pages(self, **_asked: object) -> Iterator[dict[str, Any]]:
        self.refusals -= 1
        if self.refusals >= 0:
            raise LookupError("The specified log stream does not exist.")
        yield {"events": [{"eventId": "1", "timestamp": 1000, "message": "up\n"}]}


def lines(refusals: int, stream: str | None, *, follow: bool) -> Iterator[str]:
    deployment = cast("Any", SimpleNamespace(logs=Logs(refusals)))
    return logs._lines(deployment, "runs", stream, 0, follow=follow)


def test_who_follows_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "SECONDS_BETWEEN_POLLS", 0)
    assert list(islice(lines(2, "ecs/run/1", follow=True), 1)) == ["up"]


def test_a_missing_name_is_refused() -> None:
    with pytest.raises(
        OperatorError, match=r"^runs has no ecs/run/1: nothing is printed yet\. --follow waits for it\."
    ):
        list(lines(1, "ecs/run/1", follow=False))


@pytest.mark.parametrize("follow", [True, False])
def test_a_group_that_is_not_there_is_not_waited_for(follow: bool) -> None:
    with pytest.raises(OperatorError, match=r"^there is no log group runs\."):
        list(lines(1, None, follow=follow))
