"""Whether ECS runs what was applied: what it says of its services, and what is made of that."""

from __future__ import annotations

from typing import Any, cast

import pytest

from ops.aws import steady
from ops.console.errors import NotSteadyError

NEW, OLD = "arn:aws:ecs:us-west-1:1:task-definition/web:2", "arn:aws:ecs:us-west-1:1:task-definition/web:1"


class Ecs:
    """DescribeServices, one answer after the other; the last one stays."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers = list(answers)

    def describe_services(self, cluster: str, services: list[str]) -> dict[str, Any]:
        assert (cluster, services) == ("asset-manager", ["web"])
        return {"services": [self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]]}


def service(revision: str, state: str, running: int = 1, **more: Any) -> dict[str, Any]:
    deployment = {"taskDefinition": revision, "rolloutState": state, "runningCount": running}
    return {
        "serviceName": "web",
        "status": "ACTIVE",
        "taskDefinition": revision,
        "desiredCount": 1,
        "deployments": [deployment],
        "events": [{"message": "(service web) rolling back to deployment ecs-svc/1."}],
        **more,
    }


def wait(monkeypatch: pytest.MonkeyPatch, *answers: dict[str, Any], seconds: float = 5) -> list[str]:
    monkeypatch.setattr(steady, "SECONDS_BETWEEN_POLLS", 0)
    said: list[str] = []
    steady.wait(cast("Any", Ecs(*answers)), "asset-manager", {"web": NEW}, seconds, said.append)
    return said


def test_it_waits_until_the_revision_that_was_applied_is_all_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert wait(monkeypatch, service(NEW, "IN_PROGRESS", 0), service(NEW, "COMPLETED")) == [
        "web: web:2, 0 of 1 running, in progress",
        "web: web:2, 1 of 1 running, completed",
    ]


def test_a_rollback_is_reported_though_ecs_is_steady_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotSteadyError) as refused:
        wait(monkeypatch, service(NEW, "IN_PROGRESS", 0), service(OLD, "COMPLETED"))
    assert "the service web is not running what was deployed: web:2 was rolled back" in str(refused.value)
    assert "(service web) rolling back to deployment ecs-svc/1." in str(refused.value)


def test_a_deployment_that_failed_is_reported_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotSteadyError, match="its deployment failed"):
        wait(monkeypatch, service(NEW, "FAILED", 0))


def test_one_that_never_comes_up_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotSteadyError, match="it is not steady after 0 seconds"):
        wait(monkeypatch, service(NEW, "IN_PROGRESS", 0), seconds=0)


@pytest.mark.parametrize("answer", [None, {"serviceName": "web", "status": "INACTIVE", "deployments": []}])
def test_a_service_that_ecs_does_not_know_is_not_steady(answer: dict[str, Any] | None) -> None:
    class Without:
        def describe_services(self, **_: Any) -> dict[str, Any]:
            return {"services": [answer] if answer else [], "failures": [{"reason": "MISSING"}]}

    with pytest.raises(NotSteadyError, match="the cluster asset-manager has no service web, though Terraform's"):
        steady.wait(cast("Any", Without()), "asset-manager", {"web": NEW}, 0, print)


def test_what_was_applied_is_what_the_state_says() -> None:
    web = {"type": "aws_ecs_service", "instances": [{"attributes": {"name": "web", "task_definition": NEW}}]}
    other = {"type": "aws_ecs_task_definition", "instances": [{"attributes": {"arn": NEW}}]}
    assert steady.applied({"resources": [web, other]}) == {"web": NEW}


def test_where_nothing_was_applied_there_is_nothing_to_wait_for() -> None:
    assert steady.applied({}) == {}
    steady.wait(cast("Any", Ecs()), "asset-manager", {}, 0, print)
