"""A target's health, check by check."""

from __future__ import annotations

import pytest

from local_aws.balancer.health import Check, Target


def check(codes: str = "200") -> Check:
    return Check(path="/server_info", interval=2, timeout=5, healthy_threshold=2, unhealthy_threshold=3, codes=codes)


def target() -> Target:
    return Target(group_arn="arn", address="127.70.1.2", port=3000)


@pytest.mark.parametrize(
    ("outcomes", "states"),
    [
        ("++", ["initial", "healthy"]),
        ("+-++", ["initial", "initial", "initial", "healthy"]),
        ("---", ["initial", "initial", "unhealthy"]),
        ("++--+---", ["initial", *["healthy"] * 6, "unhealthy"]),
        ("---+++", ["initial", "initial", "unhealthy", "unhealthy", "healthy", "healthy"]),
    ],
)
def test_it_changes_after_as_many_in_a_row_as_the_group_says(outcomes: str, states: list[str]) -> None:
    checked, seen = target(), []
    for outcome in outcomes:
        checked.observe(None if outcome == "+" else "Request timed out", check())
        seen.append(checked.state)
    assert seen == states


def test_it_reports_why_it_is_unhealthy() -> None:
    checked = target()
    for _ in range(3):
        checked.observe("Request timed out", check())
    assert (checked.state, checked.why) == ("unhealthy", "Request timed out")


def test_a_draining_target_stays_draining_and_is_drained_with_its_last_connection() -> None:
    leaving = target()
    leaving.connections = 1
    leaving.drain()
    leaving.observe(None, check())
    leaving.observe(None, check())
    assert leaving.state == "draining"
    assert not leaving.is_drained(300)
    assert leaving.is_drained(0), "the deregistration delay has passed"
    leaving.connections = 0
    assert leaving.is_drained(300)


@pytest.mark.parametrize(
    ("codes", "status", "accepted"),
    [
        ("200", 200, True),
        ("200", 301, False),
        ("200-299", 204, True),
        ("200,301-302", 302, True),
        ("200,301", 302, False),
    ],
)
def test_a_status_is_held_against_the_matcher(codes: str, status: int, accepted: bool) -> None:
    assert check(codes).accepts(status) is accepted
