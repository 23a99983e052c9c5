"""Rolling a service, step by step, without a process."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from local_aws.ecs.rollout import Bounds, Member, Plan, backoff_seconds, failure_threshold, is_steady, plan

# A task is written as its name and what it is: n(ew) or o(ld), h(ealthy) or not yet (-), s(topping).
DAEMON, WEB, HALF = (1, 0, 100), (1, 100, 200), (4, 50, 100)


def members(tasks: Sequence[str]) -> list[Member]:
    return [
        Member(id=name, current="n" in what, healthy="h" in what, stopping="s" in what)
        for name, what in (task.split(":") for task in tasks)
    ]


def bounds(numbers: tuple[int, int, int]) -> Bounds:
    return Bounds(desired=numbers[0], minimum_percent=numbers[1], maximum_percent=numbers[2])


@pytest.mark.parametrize(
    ("numbers", "tasks", "start", "stop"),
    [
        # a daemon's revision changes: down first, and nothing up while the old one has not ended
        (DAEMON, [], 1, []),
        (DAEMON, ["a:oh"], 0, ["a"]),
        (DAEMON, ["a:os"], 0, []),
        (DAEMON, ["b:n-"], 0, []),
        (DAEMON, ["b:nh"], 0, []),
        # a web server's: up first, and the old one stays until the new one is healthy
        (WEB, ["a:oh"], 1, []),
        (WEB, ["a:oh", "b:n-"], 0, []),
        (WEB, ["a:oh", "b:nh"], 0, ["a"]),
        (WEB, ["a:os", "b:nh"], 0, []),
        # an old one that is not healthy holds nothing up
        (WEB, ["a:o-", "b:n-"], 0, ["a"]),
        # half of four may be away at a time
        (HALF, ["a:oh", "b:oh", "c:oh", "d:oh"], 0, ["a", "b"]),
        (HALF, ["a:os", "b:os", "c:oh", "d:oh"], 0, []),
        (HALF, ["c:oh", "d:oh"], 2, []),
        (HALF, ["c:oh", "d:oh", "e:nh", "f:n-"], 0, ["c"]),
        # a new count
        ((3, 100, 200), ["a:nh"], 2, []),
        ((1, 100, 200), ["a:nh", "b:nh", "c:n-"], 0, ["c", "b"]),
        ((0, 100, 200), ["a:nh", "b:oh"], 0, ["a", "b"]),
    ],
)
def test_the_next_step_of_a_deployment(
    numbers: tuple[int, int, int], tasks: list[str], start: int, stop: list[str]
) -> None:
    assert plan(bounds(numbers), members(tasks), may_start=True) == Plan(start=start, stop=stop)


def test_nothing_is_started_while_a_crash_loop_waits() -> None:
    assert plan(bounds(WEB), [], may_start=False) == Plan(start=0, stop=[])


@pytest.mark.parametrize(
    ("numbers", "lower", "upper"),
    [((1, 50, 150), 1, 1), ((3, 50, 150), 2, 4), ((1, 0, 100), 0, 1), ((5, 100, 200), 5, 10)],
)
def test_the_minimum_is_rounded_up_and_the_maximum_down(numbers: tuple[int, int, int], lower: int, upper: int) -> None:
    assert (bounds(numbers).lower, bounds(numbers).upper) == (lower, upper)


@pytest.mark.parametrize(
    ("tasks", "steady"),
    [(["a:nh"], True), (["a:n-"], False), (["a:nh", "b:os"], False), (["a:oh"], False), ([], False)],
)
def test_a_service_is_steady_when_only_what_is_wanted_is_left(tasks: list[str], steady: bool) -> None:
    assert is_steady(bounds(WEB), members(tasks)) is steady


@pytest.mark.parametrize(("desired", "failures"), [(1, 3), (6, 3), (7, 4), (25, 13), (1000, 200)])
def test_the_circuit_breaker_opens_where_ecs_opens_it(desired: int, failures: int) -> None:
    assert failure_threshold(desired) == failures


def test_a_crash_loop_slows_down_to_a_minute() -> None:
    assert [backoff_seconds(failures) for failures in (0, 1, 2, 3, 7, 50)] == [0, 10, 20, 40, 640, 1620]
