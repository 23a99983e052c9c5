"""How findings become a table, a list and an exit code, and what one check that breaks does to the others."""

import json
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from ops.checking.report import Check, Result, as_json, look, passed, table
from ops.console.finding import CannotLookError, Finding, failed, ok

RESULTS = [
    Result(name="dns alias", status="ok", why="an alias of the load balancer"),
    Result(name="server_info", status="failed", why="answers 503", next="Look at the targets."),
    Result(name="assets", status="skipped", why="not reachable", next="see server_info"),
]


def raising(error: Exception) -> Callable[[], Finding]:
    def look_once() -> Finding:
        raise error

    return look_once


def looked(*checks: Check, patience: float = 0) -> list[tuple[str, str, str]]:
    return [(each.name, each.status, each.why) for each in look(checks, patience, lambda _: None)]


def test_a_check_that_breaks_is_failed_with_its_message_and_the_others_are_looked_at() -> None:
    assert looked(
        Check("first", raising(RuntimeError("the\n  wire is cut"))), Check("second", lambda: ok("as it should be"))
    ) == [("first", "failed", "RuntimeError: the wire is cut"), ("second", "ok", "as it should be")]


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (
            ClientError({"Error": {"Code": "AccessDeniedException", "Message": "ecs:ListTasks"}}, "ListTasks"),
            "Your role lacks the permission that the message names; it needs to read only.",
        ),
        (
            ClientError({"Error": {"Code": "TargetGroupNotFound", "Message": "none"}}, "DescribeTargetGroups"),
            "If it says that something does not exist: deploy it (make deploy; on the laptop make local).",
        ),
        (
            EndpointConnectionError(endpoint_url="http://127.0.0.1:1"),
            "The AWS API did not answer: see `aws sts get-caller-identity`; on the laptop make local.",
        ),
        (ValueError("no number"), "This is what the check met instead of an answer; it says nothing about the rest."),
    ],
)
def test_what_broke_the_check_decides_the_advice(error: Exception, advice: str) -> None:
    (result,) = look([Check("one", raising(error))], 0, lambda _: None)
    assert (result.status, result.next) == ("failed", advice)
    assert str(error) in result.why


def test_a_check_is_skipped_while_the_one_it_needs_is_not_ok() -> None:
    asked: list[str] = []

    def ask() -> Finding:
        asked.append("asked")
        return ok("there")

    assert looked(Check("web", lambda: failed("503", "wait")), Check("assets", ask, needs="web")) == [
        ("web", "failed", "503"),
        ("assets", "skipped", "is not checked while web is not ok"),
    ]
    assert asked == []


def test_what_is_out_of_reach_is_skipped_and_not_failed() -> None:
    (result,) = look([Check("assets", raising(CannotLookError("behind sign-in", "Use --url.")))], 0, lambda _: None)
    assert (result.status, result.why, result.next) == ("skipped", "behind sign-in", "Use --url.")


def test_what_settles_in_time_is_ok_and_only_what_is_not_ok_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.checking.report.SECONDS_BETWEEN_ROUNDS", 0)
    steady: list[str] = []
    targets = iter([failed("initial", "wait"), failed("initial", "wait"), ok("healthy")])
    told: list[str] = []

    def service() -> Finding:
        steady.append("looked")
        return ok("steady")

    checks = [Check("service", service), Check("targets", lambda: next(targets))]
    assert [result.status for result in look(checks, 60, told.append)] == ["ok", "ok"]
    assert steady == ["looked"]
    assert told == ["waiting for: targets"]


def test_without_patience_each_is_looked_at_once() -> None:
    targets = iter([failed("initial", "wait")])
    assert looked(Check("targets", lambda: next(targets))) == [("targets", "failed", "initial")]


@pytest.mark.parametrize(
    ("results", "expected"), [(RESULTS[:1], True), (RESULTS[:2], False), ([RESULTS[0], RESULTS[2]], False)]
)
def test_only_all_ok_is_a_pass_and_skipped_is_not_ok(results: list[Result], expected: bool) -> None:
    assert passed(results) is expected


def test_the_table_is_aligned_and_says_what_to_do() -> None:
    assert table(RESULTS).splitlines() == [
        "ok       dns alias    an alias of the load balancer",
        "FAILED   server_info  answers 503",
        "                      next: Look at the targets.",
        "skipped  assets       not reachable",
        "                      next: see server_info",
        "",
        "1 ok, 1 failed, 1 skipped",
    ]


def test_for_machines_it_is_a_list_in_the_same_order() -> None:
    assert json.loads(as_json(RESULTS)) == [
        {"name": "dns alias", "status": "ok", "why": "an alias of the load balancer", "next": ""},
        {"name": "server_info", "status": "failed", "why": "answers 503", "next": "Look at the targets."},
        {"name": "assets", "status": "skipped", "why": "not reachable", "next": "see server_info"},
    ]
