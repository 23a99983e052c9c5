"""Questions to ECS that several commands ask."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import boto3
import pytest
from botocore.stub import Stubber

from ops.aws.ecs import active_services, described, wait_until_stopped


def stubbed() -> tuple[Any, Stubber]:
    ecs = boto3.client("ecs", region_name="us-west-1", aws_access_key_id="a", aws_secret_access_key="b")  # noqa: S106
    stub = Stubber(ecs)
    stub.activate()
    return ecs, stub


def test_a_service_that_was_deleted_is_not_active() -> None:
    ecs, stub = stubbed()
    services = [{"serviceName": "web", "status": "INACTIVE"}, {"serviceName": "daemon", "status": "ACTIVE"}]
    stub.add_response("describe_services", {"services": services}, {"cluster": "c", "services": ["web", "daemon"]})
    assert [service["serviceName"] for service in active_services(ecs, "c", ["web", "daemon"])] == ["daemon"]


def test_a_cluster_that_does_not_exist_has_no_service() -> None:
    ecs, stub = stubbed()
    stub.add_client_error("describe_services", "ClusterNotFoundException")
    assert active_services(ecs, "c", ["web"]) == []


def test_nothing_is_asked_of_no_service() -> None:
    ecs, _ = stubbed()  # which refuses every call
    assert active_services(ecs, "c", []) == []


def test_a_call_describes_at_most_a_hundred_tasks() -> None:
    asked: list[int] = []

    def describe_tasks(tasks: list[str], **_: object) -> Any:
        asked.append(len(tasks))
        return {"tasks": [{"taskArn": arn} for arn in tasks]}

    arns = [str(number) for number in range(101)]
    found = described(cast("Any", SimpleNamespace(describe_tasks=describe_tasks)), "c", arns)
    assert [task["taskArn"] for task in found] == arns
    assert asked == [100, 1]


@pytest.mark.parametrize(("statuses", "expected"), [(["STOPPED"], True), (["STOPPING"], False), ([], True)])
def test_whether_tasks_stop_in_time(statuses: list[str], *, expected: bool) -> None:
    ecs, stub = stubbed()
    if statuses:
        stub.add_response("describe_tasks", {"tasks": [{"lastStatus": status} for status in statuses]})
    assert wait_until_stopped(ecs, "c", [f"arn-{status}" for status in statuses], 1) is expected


def test_another_error_of_the_wait_is_not_taken_for_a_task_that_goes_on() -> None:
    ecs, stub = stubbed()
    stub.add_client_error("describe_tasks", "AccessDeniedException")
    with pytest.raises(Exception, match="AccessDeniedException"):
        wait_until_stopped(ecs, "c", ["arn"], 1)
