"""LOCAL_AWS_SPEED: how fast the local AWS's own intervals pass."""

from __future__ import annotations

import pytest

from ops.console.errors import OperatorError
from ops.local import environment


def test_make_local_asks_for_ten_times_the_speed_of_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOCAL_AWS_SPEED", raising=False)
    assert environment.speed() == 10


@pytest.mark.parametrize(("given", "speed"), [("1", 1), ("60", 60)])
def test_it_can_be_chosen_down_to_real_time(given: str, speed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_AWS_SPEED", given)
    assert environment.speed() == speed


@pytest.mark.parametrize("given", ["", "0", "0.5", "101", "fast"])
def test_any_other_is_refused(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_AWS_SPEED", given)
    with pytest.raises(OperatorError, match=rf"^LOCAL_AWS_SPEED={given} is no speed: a whole number, 1 \(as on AWS\)"):
        environment.speed()
