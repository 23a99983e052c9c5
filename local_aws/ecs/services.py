"""The service scheduler: as many tasks of the newest revision as are wanted, and the way there."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from moto.core.utils import utcnow
from moto.ecs.models import EC2ContainerServiceBackend, Service
from moto.moto_api._internal import mock_random

from local_aws.ecs.rollout import Bounds, Member, backoff_seconds, failure_threshold, is_steady, plan
from local_aws.ecs.tasks import EXITED, FAILED_TO_START, LocalTask
from local_aws.ecs.verdict import complaint, is_healthy
from local_aws.fields import assign

SCHEDULER = "ServiceSchedulerInitiated"
SECONDS_TO_LAST = 30.0
EVENTS_KEPT = 100  # as DescribeServices

Deployment = dict[str, Any]


@dataclass(kw_only=True)
class _Memory:
    """What the scheduler remembers of one service."""

    service: Service
    current: str = ""
    completed: str = ""
    failures: int = 0
    next_start: float = 0.0
    steady: bool = False


class Scheduler:
    """All services.

    `find` gives the local task of one that moto has just made; `speed` is how many times sooner than on AWS a service
    starts a task in place of one that failed.
    """

    def __init__(self, find: Callable[[str], LocalTask], speed: int) -> None:
        self._speed = speed
        self._find = find
        self._memories: dict[str, _Memory] = {}

    def reconcile(self, backend: EC2ContainerServiceBackend, service: Service, tasks: Sequence[LocalTask]) -> None:
        """Bring one service a step closer to what is wanted of it."""
        memory = self._memory(service)
        if service.status != "ACTIVE":
            self._end(service, [task for task in tasks if task.status != "STOPPED"])
            return
        deployment: Deployment = service.deployments[0]
        if memory.current != deployment["id"]:  # what held the old one up need not hold up this one
            memory.current, memory.failures, memory.next_start, memory.steady = deployment["id"], 0, 0.0, False
        for task in tasks:
            if task.status == "STOPPED" and not task.accounted:
                task.accounted = True
                self._account(memory, deployment, task)
        live = [task for task in tasks if task.status != "STOPPED"]
        self._stop_the_unhealthy(service, memory, deployment, live)
        if _breaker_opens(service, deployment):
            _fail(service, memory, deployment)
            deployment = service.deployments[0]

        bounds, members = _bounds(service), [_member(task, deployment) for task in live]
        may_start = deployment["rolloutState"] != "FAILED" and time.monotonic() >= memory.next_start
        step = plan(bounds, members, may_start=may_start)
        stopped = [task for task in live if task.id in step.stop]
        for task in stopped:
            task.stop(SCHEDULER, f"Scaling activity initiated by (deployment {deployment['id']})")
        if stopped:
            _event(service, f"has stopped {len(stopped)} running tasks: {_names(stopped)}.")
        started = [self._start(backend, service, deployment) for _ in range(step.start)]
        if started:
            _event(service, f"has started {len(started)} tasks: {_names(started)}.")
        steady = is_steady(bounds, members)
        if steady and not memory.steady and deployment["rolloutState"] != "FAILED":
            _complete(service, memory, deployment)
        memory.steady = steady
        _count(service, [*live, *started])

    def _start(self, backend: EC2ContainerServiceBackend, service: Service, deployment: Deployment) -> LocalTask:
        tags = list(service.tags) if service.propagate_tags == "SERVICE" else []
        if getattr(service, "enable_ecs_managed_tags", False):
            tags += [
                {"key": "aws:ecs:clusterName", "value": service.cluster_name},
                {"key": "aws:ecs:serviceName", "value": service.name},
            ]
        (made,) = backend.run_task(
            service.cluster_name,
            deployment["taskDefinition"],
            1,
            None,
            deployment["id"],
            tags,
            "FARGATE",
            service.network_configuration,
            f"service:{service.name}",
        )
        task = self._find(made.id)
        task.load_balancers = service.load_balancers
        assign(made, {"enable_execute_command": bool(getattr(service, "enable_execute_command", False))})
        return task

    def _account(self, memory: _Memory, deployment: Deployment, task: LocalTask) -> None:
        """Take in how a task ended: one that ended by itself is a failure, and delays the next if it did not last."""
        unhealthy = task.health == "UNHEALTHY" or any(target.state == "unhealthy" for target in task.targets)
        if getattr(task.task, "stop_code", None) not in {EXITED, FAILED_TO_START} and not unhealthy:
            return
        memory.failures = 0 if task.seconds_running() >= SECONDS_TO_LAST else memory.failures + 1
        memory.next_start = time.monotonic() + backoff_seconds(memory.failures) / self._speed
        if task.task.started_by == deployment["id"] and deployment["rolloutState"] == "IN_PROGRESS":
            deployment["failedTasks"] += 1

    def _stop_the_unhealthy(
        self, service: Service, memory: _Memory, deployment: Deployment, live: Sequence[LocalTask]
    ) -> None:
        grace = getattr(service, "health_check_grace_period_seconds", None) or 0
        for task in live:
            said = complaint(task, grace)
            if said is not None:
                event, reason = said
                task.accounted = True
                _event(service, event)
                task.stop(SCHEDULER, reason)
                self._account(memory, deployment, task)

    def _memory(self, service: Service) -> _Memory:
        memory = self._memories.get(service.arn)
        if memory is None or memory.service is not service:  # deleted, and created again with the same name
            done = (known["id"] for known in service.deployments if known["rolloutState"] == "COMPLETED")
            # Of a restored service there is one, to which a failing deployment goes back.
            memory = self._memories[service.arn] = _Memory(service=service, completed=str(next(done, "")))
        return memory

    @staticmethod
    def _end(service: Service, live: Sequence[LocalTask]) -> None:
        for task in live:
            task.stop(SCHEDULER, f"Service {service.name} is deleted")
        _count(service, live)
        if not live:
            service.status, service.deployments = "INACTIVE", []


def new_deployment(service: Service) -> Deployment:
    """Return a deployment of the service as it is now wanted."""
    id_ = f"ecs-svc/{mock_random.randint(10**18, 10**19 - 1)}"
    return {
        **service.deployments[0],
        "id": id_,
        "status": "PRIMARY",
        "taskDefinition": service.task_definition,
        "networkConfiguration": service.network_configuration,
        "desiredCount": service.desired_count,
        "runningCount": 0,
        "pendingCount": 0,
        "failedTasks": 0,
        "createdAt": utcnow(),
        "updatedAt": utcnow(),
        "rolloutState": "IN_PROGRESS",
        "rolloutStateReason": f"ECS deployment {id_} in progress.",
    }


def _member(task: LocalTask, deployment: Deployment) -> Member:
    current = task.task.started_by == deployment["id"]
    return Member(id=task.id, current=current, healthy=is_healthy(task), stopping=task.is_stopping)


def _bounds(service: Service) -> Bounds:
    given = _configuration(service)
    return Bounds(
        desired=service.desired_count,
        minimum_percent=given.get("minimumHealthyPercent", 100),
        maximum_percent=given.get("maximumPercent", 200),
    )


def _configuration(service: Service) -> dict[str, Any]:
    return getattr(service, "deployment_configuration", None) or {}


def _breaker_opens(service: Service, deployment: Deployment) -> bool:
    breaker = _configuration(service).get("deploymentCircuitBreaker") or {}
    enough = deployment["failedTasks"] >= failure_threshold(service.desired_count)
    return bool(breaker.get("enable")) and deployment["rolloutState"] == "IN_PROGRESS" and enough


def _fail(service: Service, memory: _Memory, deployment: Deployment) -> None:
    deployment |= {
        "rolloutState": "FAILED",
        "rolloutStateReason": "ECS deployment circuit breaker: tasks failed to start.",
        "updatedAt": utcnow(),
    }
    _event(service, f"(deployment {deployment['id']}) deployment failed: tasks failed to start.")
    last = next((known for known in service.deployments[1:] if known["id"] == memory.completed), None)
    if last is None or not _configuration(service)["deploymentCircuitBreaker"].get("rollback"):
        return
    _event(service, f"rolling back to deployment {last['id']}.")
    deployment["status"] = "ACTIVE"
    last |= {
        "status": "PRIMARY",
        "rolloutState": "IN_PROGRESS",
        "rolloutStateReason": f"ECS deployment circuit breaker: rolling back to deploymentId {last['id']}.",
        "updatedAt": utcnow(),
    }
    service.task_definition = str(last["taskDefinition"])
    service.deployments = [last, *(known for known in service.deployments if known is not last)]


def _complete(service: Service, memory: _Memory, deployment: Deployment) -> None:
    if deployment["rolloutState"] == "IN_PROGRESS":
        deployment |= {
            "rolloutState": "COMPLETED",
            "rolloutStateReason": f"ECS deployment {deployment['id']} completed.",
            "failedTasks": 0,
            "updatedAt": utcnow(),
        }
        _event(service, f"(deployment {deployment['id']}) deployment completed.")
    memory.completed, service.deployments = deployment["id"], [deployment]
    _event(service, "has reached a steady state.")


def _count(service: Service, live: Sequence[LocalTask]) -> None:
    def count(deployment: Deployment | None) -> tuple[int, int]:
        own = [t for t in live if not t.is_stopping and (deployment is None or t.task.started_by == deployment["id"])]
        running = sum(task.status == "RUNNING" for task in own)
        return running, len(own) - running

    service.running_count, service.pending_count = count(None)
    for deployment in service.deployments:
        deployment["runningCount"], deployment["pendingCount"] = count(deployment)
        deployment["desiredCount"] = service.desired_count if deployment["status"] == "PRIMARY" else 0


def _event(service: Service, text: str) -> None:
    event = {"id": str(mock_random.uuid4()), "createdAt": utcnow(), "message": f"(service {service.name}) {text}"}
    service.events = [event, *service.events][:EVENTS_KEPT]


def _names(tasks: Sequence[LocalTask]) -> str:
    return ", ".join(f"(task {task.id})" for task in tasks)
