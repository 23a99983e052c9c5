"""Which ends of a run's task are told, by EventBridge's own matching, as moto has it."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from moto.events.models import EventPattern

from settings.facts.alarm_rules import failing_services, stopped_runs

CLUSTER = "arn:aws:ecs:us-west-1:111122223333:cluster/asset-manager"


def event(group: str = "family:asset-manager-run", status: str = "STOPPED", **detail: Any) -> dict[str, Any]:
    """An ECS Task State Change, as AWS documents it."""
    return {
        "source": "aws.ecs",
        "detail-type": "ECS Task State Change",
        "detail": {
            "clusterArn": CLUSTER,
            "group": group,
            "lastStatus": status,
            "stopCode": "EssentialContainerExited",
            "stoppedReason": "Essential container in task exited",
            "containers": [{"name": "asset-manager-run", "exitCode": 0, "lastStatus": "STOPPED"}],
            **detail,
        },
    }


def flattened(what: dict[str, Any]) -> list[dict[str, Any]]:
    """The event once for each container: EventBridge matches any element of a list of objects, and moto none."""
    return [{**what, "detail": {**what["detail"], "containers": one}} for one in what["detail"]["containers"]]


@pytest.mark.parametrize(
    ("what", "told"),
    [
        (event(stopCode="SpotInterruption", stoppedReason="Your Spot Task was interrupted."), True),
        (event(stopCode="TaskFailedToStart", stoppedReason="CannotPullContainerError: not found"), True),
        (
            event(stopCode="TaskFailedToStart", stoppedReason="ResourceInitializationError: unable to pull secrets"),
            True,
        ),
        (
            event(containers=[{"reason": "OutOfMemoryError: Container killed due to memory usage", "exitCode": 137}]),
            True,
        ),
        (event(), False),
        (event(stopCode="UserInitiated", stoppedReason="Task stopped by user"), False),
        (event(stopCode="SpotInterruption", status="RUNNING"), False),
        (event(stopCode="TaskFailedToStart", group="service:asset-manager-web"), False),
        (event(stopCode="TaskFailedToStart", clusterArn=f"{CLUSTER}-2"), False),
    ],
)
def test_a_runs_task_that_ended_by_no_doing_of_dagsters_is_reported(what: dict[str, Any], told: bool) -> None:
    pattern = json.dumps(stopped_runs(CLUSTER, "asset-manager-run"))
    matcher = EventPattern.load(pattern)
    assert any(matcher.matches_event(cast("Any", one)) for one in flattened(what)) is told


SERVICE = "arn:aws:ecs:us-west-1:111122223333:service/asset-manager/asset-manager-{}"


def of_service(kind: str, name: str, service: str = "web") -> dict[str, Any]:
    """An event of a service, as AWS documents them."""
    detail = {"eventType": "ERROR", "eventName": name, "clusterArn": CLUSTER}
    return {"source": "aws.ecs", "detail-type": kind, "resources": [SERVICE.format(service)], "detail": detail}


@pytest.mark.parametrize(
    ("what", "told"),
    [
        (of_service("ECS Service Action", "SERVICE_TASK_START_IMPAIRED"), True),
        (of_service("ECS Service Action", "SERVICE_TASK_START_IMPAIRED", "daemon"), True),
        (of_service("ECS Deployment State Change", "SERVICE_DEPLOYMENT_FAILED"), True),
        (of_service("ECS Service Action", "SERVICE_STEADY_STATE"), False),
        (of_service("ECS Deployment State Change", "SERVICE_DEPLOYMENT_COMPLETED"), False),
        (of_service("ECS Service Action", "SERVICE_TASK_START_IMPAIRED", "elsewhere"), False),
    ],
)
def test_a_service_that_cannot_start_tasks_is_reported(what: dict[str, Any], told: bool) -> None:
    matcher = EventPattern.load(json.dumps(failing_services([SERVICE.format(name) for name in ("web", "daemon")])))
    # EventBridge matches any element of a list, and moto none.
    assert matcher.matches_event(cast("Any", {**what, "resources": what["resources"][0]})) is told
