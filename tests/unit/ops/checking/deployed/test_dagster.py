"""What the answers of Dagster's web server mean."""

from typing import Any

import pytest

from ops.checking.deployed import dagster
from ops.checking.deployed.evidence import judge_rows
from ops.checking.deployed.run import Ran, judge_run
from ops.checking.deployed.server_info import judge_server_info
from ops.console.errors import OperatorError
from ops.dagster_api.runs import problem
from ops.dagster_api.transport import Answer
from ops.dagster_api.web import Web

NOW = 1_000_000.0
URL = "https://dg.example.com"


@pytest.mark.parametrize(
    ("status", "location", "body", "expected", "why"),
    [
        (200, "", '{"dagster_version": "1.13.27"}', "ok", f"{URL} answers 200, Dagster 1.13.27"),
        (
            302,
            "https://t.auth0.example/authorize?x=1",
            "",
            "failed",
            f"{URL}/server_info answers 302 to t.auth0.example, and sign-in is at t.auth0.com",
        ),
        (401, "", "", "failed", f"{URL}/server_info answers 401: "),
        (200, "", "<html>", "failed", f"{URL}/server_info answers 200, but it is no Dagster: <html>"),
        (404, "", "Not Found", "failed", f"{URL}/server_info answers 404: Not Found"),
        (503, "", "no\nhealthy target", "failed", f"{URL}/server_info answers 503: no healthy target"),
    ],
)
def test_the_web_server_answers_as_dagster_does(status: int, location: str, body: str, expected: str, why: str) -> None:
    judged = judge_server_info(URL, Answer(status=status, location=location, body=body), "org/app/web", "t.auth0.com")
    assert (judged.status, judged.why) == (expected, why)
    assert bool(judged.next) is (expected == "failed")


def test_a_redirect_without_sign_in_is_something_elses() -> None:
    answer = Answer(status=301, location="https://other.example/", body="")
    judged = judge_server_info(URL, answer, "org/app/web", None)
    why = f"{URL}/server_info answers 301 to other.example, and there is no sign-in"
    assert (judged.status, judged.why) == ("failed", why)


@pytest.mark.parametrize("url", ["dg.example.com", "ftp://dg.example.com", "https://"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(OperatorError) as refused:
        Web.at(url)
    assert str(refused.value) == f"--url {url}: no address of a web server; allowed are http://... and https://..."


def location(found: dict[str, Any] | None, status: str = "LOADED") -> list[dict[str, Any]]:
    return [{"name": "asset_manager.definitions", "loadStatus": status, "locationOrLoadError": found}]


@pytest.mark.parametrize(
    ("entries", "status", "why"),
    [
        (
            location({"__typename": "RepositoryLocation", "repositories": []}),
            "ok",
            "asset_manager.definitions is loaded",
        ),
        ([], "failed", "the web server knows of no code location"),
        (location(None, "LOADING"), "failed", "asset_manager.definitions is being loaded"),
        (
            location(
                {"__typename": "PythonError", "message": "DagsterImportError: x\n\nNo module named 'elsewhere'\n"}
            ),
            "failed",
            "asset_manager.definitions could not be loaded: No module named 'elsewhere'",
        ),
    ],
)
def test_every_code_location_must_be_loaded(entries: list[dict[str, Any]], status: str, why: str) -> None:
    judged = dagster.judge_locations(entries, "org/app/web")
    assert (judged.status, judged.why) == (status, why)


def test_an_asset_that_is_not_there_is_named_with_those_that_are() -> None:
    judged = dagster.judge_visible("assets", ["one", "two"], ["three", "one"])
    assert (judged.status, judged.why) == ("failed", "assets not there: two; there are: one, three")
    assert dagster.judge_visible("assets", ["one"], ["two", "one"]).why == "2 assets: one, two"


@pytest.mark.parametrize(
    ("found", "status", "why"),
    [
        ({"daily": "RUNNING"}, "ok", "RUNNING"),
        ({"daily": "STOPPED"}, "failed", "it is STOPPED, and RUNNING is expected"),
        ({"weekly": "RUNNING"}, "failed", "there is no schedule daily"),
    ],
)
def test_a_schedule_must_be_there_and_tick(found: dict[str, str], status: str, why: str) -> None:
    judged = dagster.judge_running("daily", "schedule", found)
    assert (judged.status, judged.why) == (status, why)


def daemon(name: str, age: float | None, *errors: str, required: bool = True, healthy: bool = True) -> dict[str, Any]:
    told = {"daemonType": name, "required": required, "healthy": healthy}
    told["lastHeartbeatTime"] = None if age is None else NOW - age
    return {**told, "lastHeartbeatErrors": [{"message": error} for error in errors]}


@pytest.mark.parametrize(
    ("statuses", "started", "status", "why"),
    [
        ([daemon("SENSOR", 5), daemon("ASSET", 31)], 600, "ok", "2 daemons, the oldest heartbeat 31 s old"),
        (
            [daemon("SENSOR", 5), daemon("OTHER", None, required=False)],
            600,
            "ok",
            "1 daemons, the oldest heartbeat 5 s old",
        ),
        ([daemon("SENSOR", None)], 600, "failed", "SENSOR has never reported"),
        ([daemon("SENSOR", 5), daemon("ASSET", 331)], 600, "failed", "ASSET reported last 331 s ago"),
        # Dagster itself calls these healthy for half an hour.
        (
            [daemon("SENSOR", 25)],
            20,
            "failed",
            "SENSOR has not reported since the daemon's task started 20 s ago",
        ),
        ([daemon("SENSOR", 25)], None, "failed", "no daemon task is running; the last heartbeat is 25 s old"),
        ([], 600, "failed", "the instance requires no daemon at all"),
        ([daemon("SENSOR", None)], None, "failed", "no daemon task is running; none was ever written"),
        (
            [daemon("SENSOR", 5, "DagsterError\n\nno way to the database\n", healthy=False)],
            600,
            "failed",
            "SENSOR reports: no way to the database",
        ),
    ],
)
def test_a_heartbeat_counts_only_if_fresh_and_of_the_daemon_that_runs(
    statuses: list[dict[str, Any]], started: float | None, status: str, why: str
) -> None:
    judged = dagster.judge_heartbeats(statuses, None if started is None else NOW - started, NOW, "org/app/daemon")
    assert (judged.status, judged.why) == (status, why)


FAILURE = [
    {"__typename": "EngineEvent", "message": "Launching run in ECS task", "engineError": None},
    {
        "__typename": "ExecutionStepFailureEvent",
        "stepKey": "cache",
        "error": {"message": "Failure: no\n  such metric\n"},
    },
    {"__typename": "RunFailureEvent", "message": "Execution failed. Steps failed: cache", "error": None},
]


@pytest.mark.parametrize(
    ("events", "said"),
    [
        (FAILURE, "cache: Failure: no such metric"),
        (FAILURE[::2], "Execution failed. Steps failed: cache"),
        (
            [{"__typename": "EngineEvent", "message": "x", "engineError": {"message": "AccessDenied: RunTask"}}],
            "AccessDenied: RunTask",
        ),
        (FAILURE[:1], ""),
    ],
)
def test_why_a_run_failed_is_the_innermost_error(events: list[dict[str, Any]], said: str) -> None:
    assert problem(events) == said


def ran(status: str, why: str = "") -> Ran:
    return Ran(id="run-1", partition="acme::day::revenue", status=status, tags={}, seconds=31.4, problem=why)


@pytest.mark.parametrize(
    ("found", "status", "why"),
    [
        (ran("SUCCESS"), "ok", "run-1 of acme::day::revenue: SUCCESS in 31 s"),
        (ran("FAILURE", "cache: no"), "failed", "run-1 of acme::day::revenue is FAILURE after 31 s: cache: no"),
        (ran("CANCELED"), "failed", "run-1 of acme::day::revenue is CANCELED after 31 s"),
        (ran("QUEUED"), "failed", "run-1 of acme::day::revenue is QUEUED after 31 s"),
    ],
)
def test_a_run_must_have_succeeded(found: Ran, status: str, why: str) -> None:
    judged = judge_run(found)
    assert (judged.status, judged.why) == (status, why)
    assert ("daemon" in judged.next) is (found.status == "QUEUED")


@pytest.mark.parametrize(
    ("found", "wrote", "status", "why"),
    [
        (731, 731, "ok", "METRICS_ACME_DAY holds 731 rows of revenue, as the run says"),
        (0, 731, "failed", "METRICS_ACME_DAY holds 0 rows of revenue, and the run wrote 731"),
        (1462, 731, "failed", "METRICS_ACME_DAY holds 1462 rows of revenue, and the run wrote 731"),
        (0, 0, "failed", "the run wrote no rows of revenue"),
    ],
)
def test_snowflake_must_hold_exactly_what_the_run_wrote(found: int, wrote: int, status: str, why: str) -> None:
    judged = judge_rows(found, wrote, "METRICS_ACME_DAY", "revenue")
    assert (judged.status, judged.why) == (status, why)
