"""What an operator asks of a deployment: how is it, and what did it print."""

import json
import subprocess
import time
from typing import Any

from ops.dagster_api.web import Web
from tests.support.deployed import Deployed

ENDED = """query { runsOrError(filter: {statuses: [SUCCESS]}) { ... on Runs { results { runId } } } }"""


def ask(deployed: Deployed, *arguments: str) -> subprocess.CompletedProcess[str]:
    return deployed.tree.asset_manager(*arguments, environ=deployed.environ)


def status(deployed: Deployed) -> dict[str, Any]:
    """Each finding by its name."""
    done = ask(deployed, "status", "--json")
    assert done.returncode == 0, done.stderr
    return {finding["name"]: finding for finding in json.loads(done.stdout)}


def a_run(deployed: Deployed) -> str:
    """The id of a run that succeeded."""
    web = Web.at(f"http://127.0.0.1:{deployed.tree.web_port}")
    return str(web.query(ENDED)["runsOrError"]["results"][0]["runId"])


def test_status_is_all_on_one_screen(deployed: Deployed) -> None:
    found = status(deployed)
    assert {name: finding["status"] for name, finding in found.items()} == dict.fromkeys(
        ("web", "daemon", "targets", "heartbeats", "runs", "alarms"), "ok"
    )
    assert found["web"]["why"].startswith("asset_manager-web-task:")
    assert found["runs"]["why"].startswith("0 queued, ")
    assert found["alarms"]["why"].startswith("none of 1")


def test_status_reports_an_alarm_that_fires_and_what_stopped(deployed: Deployed) -> None:
    cloudwatch = deployed.client("cloudwatch")
    (name, *_) = [alarm["AlarmName"] for alarm in cloudwatch.describe_alarms()["MetricAlarms"]]
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")
    try:
        found = status(deployed)
    finally:
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="a test")
    assert found["alarms"]["status"] == "failed"
    assert found["alarms"]["why"].startswith(f"{name} since ")
    assert found["alarms"]["next"] == "What each means and what to do: docs/alarms.md."


def test_logs_of_the_daemon_and_of_a_run(deployed: Deployed) -> None:
    daemon = ask(deployed, "logs", "daemon", "--minutes", "600")
    assert daemon.returncode == 0, daemon.stderr
    assert "Dagster" in daemon.stdout or "dagster" in daemon.stdout
    run = ask(deployed, "logs", "run", a_run(deployed))
    assert run.returncode == 0, run.stderr
    assert "RUN_SUCCESS" in run.stdout
    assert a_run(deployed) in run.stdout


def test_followed_logs_go_on_until_they_are_interrupted(deployed: Deployed) -> None:
    group, stream = "fulcrum/asset-manager/web", "ecs/asset-manager-web/a-test"
    deployed.logs.create_log_stream(logGroupName=group, logStreamName=stream)
    following = None
    printed: list[str] = []

    def say_and_read(message: str) -> None:
        """Put it into the log, and read on until it is printed; pytest-timeout ends a wait in vain."""
        event: Any = {"timestamp": int(time.time() * 1000), "message": message}
        deployed.logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])
        nonlocal following
        following = following or deployed.tree.start("logs", "web", "--follow", environ=deployed.environ)
        assert following.stdout
        for line in following.stdout:
            printed.append(line.rstrip("\n"))
            if printed[-1] == message:
                return
        raise AssertionError(f"{message!r} was never printed: {printed}")

    try:
        for message in ("said before", "said while followed", "said after it"):
            say_and_read(message)
    finally:
        if following:
            following.terminate()
            rest, _ = following.communicate(timeout=30)
            printed += rest.splitlines()
        deployed.logs.delete_log_stream(logGroupName=group, logStreamName=stream)
    assert printed.count("said while followed") == 1


def test_what_cannot_be_shown_is_refused_with_what_can(deployed: Deployed) -> None:
    for arguments, said in (
        (("logs", "dagit"), "there are no logs of dagit: name web, daemon, or run with a run's id."),
        (("logs", "run"), "logs run needs a run's id, as the UI shows it, and was given none."),
        (("logs", "run", "7"), "logs run needs a run's id, as the UI shows it, and was given 7."),
        (
            ("logs", "run", "00000000-0000-0000-0000-000000000000"),
            "Dagster knows no run 00000000-0000-0000-0000-000000000000.",
        ),
    ):
        done = ask(deployed, *arguments)
        assert (done.returncode, done.stderr) == (3, f"asset-manager: {said}\n")
