"""The run launcher: on Fargate Spot first there, then on demand; and why a task never started."""

from __future__ import annotations

from typing import Any

import pytest
from dagster import DagsterRun
from dagster_aws.ecs.container_context import EcsContainerContext
from dagster_aws.ecs.launcher import Tags
from dagster_aws.ecs.utils import RetryableEcsException

from asset_manager.launcher import ON_DEMAND, FargateRunLauncher
from tools.screenshots import Run, pictures

SPOT = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
TASK = {"taskArn": "arn:aws:ecs:us-west-1:1:task/asset-manager/1"}


def test_the_picture_of_a_run_is_waited_for_by_the_launchers_own_name() -> None:
    (of_a_run,) = [each for each in pictures(Run(id="1", task_arn="arn")) if each.name == "run-on-ecs"]
    # Dagster puts the class before what it says: dagster/_core/instance/methods/event_methods.py, report_engine_event.
    assert f"[{FargateRunLauncher.__name__}] Launching run in ECS task" in of_a_run.words


class Ecs:
    """RunTask, which gives one answer after the other, and keeps what it was asked."""

    class exceptions:
        """Of a client."""

        class InvalidParameterException(Exception):
            """What ECS refuses."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    def run_task(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        return self.answers.pop(0)

    def describe_tasks(self, **_asked: Any) -> dict[str, Any]:
        return self.answers.pop(0)


def launcher(ecs: Ecs, spot: bool = True) -> FargateRunLauncher:
    made = FargateRunLauncher.__new__(FargateRunLauncher)
    where = {"capacityProviderStrategy": SPOT} if spot else {"launchType": "FARGATE"}
    made.__dict__.update({"ecs": ecs, "logs": None, "run_task_kwargs": where})
    return made


def full(reason: str) -> dict[str, Any]:
    return {"tasks": [], "failures": [{"reason": reason}]}


def a_run(tags: dict[str, str]) -> DagsterRun:
    return DagsterRun(job_name="daily", run_id="00000000-0000-0000-0000-000000000000", tags=tags)


def chosen(tags: dict[str, str], spot: bool = True) -> object:
    return launcher(Ecs(), spot)._get_run_task_kwargs_from_run(a_run(tags)).get("capacityProviderStrategy")


def test_a_first_run_is_where_the_instance_says() -> None:
    assert chosen({}) is None


def test_a_retry_is_on_demand() -> None:
    """Only a crashed worker is retried, and the crash may have been Spot's."""
    assert chosen({"dagster/retry_number": "1"}) == ON_DEMAND


def test_without_spot_a_retry_is_where_the_first_was() -> None:
    assert chosen({"dagster/retry_number": "1"}, spot=False) is None


def test_a_job_that_chooses_by_tag_has_its_way_in_a_retry_too() -> None:
    tag = '{"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}'
    assert chosen({"ecs/run_task_kwargs": tag}) == SPOT
    assert chosen({"ecs/run_task_kwargs": tag, "dagster/retry_number": "1"}) == SPOT


def test_what_spot_has_no_room_for_starts_on_demand() -> None:
    ecs = Ecs(full("Capacity is unavailable at this time. Please try again later"), {"tasks": [TASK], "failures": []})
    assert launcher(ecs)._run_task(cluster="c", capacityProviderStrategy=SPOT) == TASK
    assert [asked["capacityProviderStrategy"] for asked in ecs.asked] == [SPOT, ON_DEMAND]
    assert len({asked["clientToken"] for asked in ecs.asked}) == 2, "the same token would be the same task"


def test_what_on_demand_has_no_room_for_is_left_to_the_launchers_own_tries() -> None:
    ecs = Ecs(full("Capacity is unavailable at this time. Please try again later"))
    with pytest.raises(RetryableEcsException):
        launcher(ecs)._run_task(cluster="c", capacityProviderStrategy=ON_DEMAND)


def test_another_refusal_is_not_taken_for_it() -> None:
    ecs = Ecs(full("AGENT"))
    with pytest.raises(RetryableEcsException):
        launcher(ecs)._run_task(cluster="c", capacityProviderStrategy=SPOT)
    assert len(ecs.asked) == 1


def told_of(task: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> str | None:
    """What is told of a run whose task is this one."""
    where = Tags(arn=TASK["taskArn"], cluster="asset-manager", cpu=None, memory=None)
    monkeypatch.setattr(FargateRunLauncher, "_get_run_tags", lambda *_: where)
    monkeypatch.setattr(FargateRunLauncher, "get_container_name", lambda *_: "asset-manager-run")
    monkeypatch.setattr(EcsContainerContext, "create_for_run", lambda *_: None)
    return launcher(Ecs({"tasks": [{**TASK, **task}]})).get_run_worker_debug_info(a_run({}))


def test_the_reason_of_a_task_that_never_started_is_reported_in_ecs_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    reason = (
        "ResourceInitializationError: unable to pull secrets: invalid parameters: /asset-manager/SNOWFLAKE_PASSWORD"
    )
    stopped = {"lastStatus": "STOPPED", "stopCode": "TaskFailedToStart", "stoppedReason": reason}
    told = told_of({**stopped, "containers": [{"name": "asset-manager-run"}]}, monkeypatch)
    assert told is not None
    assert "Stop code: TaskFailedToStart." in told
    assert f"Stop reason: {reason}." in told


def test_a_task_that_runs_nothing_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told_of({"lastStatus": "RUNNING"}, monkeypatch) is None
