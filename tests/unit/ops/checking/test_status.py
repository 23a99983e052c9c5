"""What status makes of alarms."""

from datetime import UTC, datetime
from typing import Any

from ops.checking.status import judge_alarms, notifies


def alarm(name: str, state: str) -> dict[str, Any]:
    return {"AlarmName": name, "StateValue": state, "StateUpdatedTimestamp": datetime(2026, 1, 2, 3, 4, tzinfo=UTC)}


def test_alarms_that_fire_are_reported_since_when_and_others_counted() -> None:
    quiet = [alarm("a", "OK"), alarm("b", "INSUFFICIENT_DATA")]
    assert (judge_alarms(quiet).status, judge_alarms(quiet).why) == ("ok", "none of 2 is in ALARM")
    found = judge_alarms([*quiet, alarm("dg-web-errors", "ALARM")])
    assert (found.status, found.why) == ("failed", "dg-web-errors since 2026-01-02 03:04")
    assert found.next == "What each means and what to do: docs/alarms.md."


def test_an_alarm_is_that_deployments_whose_topic_it_notifies() -> None:
    topic = "arn:aws:sns:us-west-1:111122223333:{}-alarms".format
    theirs = {"AlarmActions": [topic("asset-manager-pr-7")]}
    assert notifies({"AlarmActions": [topic("asset-manager")]}, "asset-manager-alarms")
    assert not notifies(theirs, "asset-manager-alarms")
    assert not notifies({"AlarmActions": []}, "asset-manager-alarms")
