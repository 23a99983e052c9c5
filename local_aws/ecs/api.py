"""The ECS and ELB calls that moto answers by itself and the agent has a say in; each wraps or replaces moto's.

Every ECS call holds the agent's lock, from the request to the finished answer: nobody sees a state half set.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, cast

from moto.core.common_models import BaseModel
from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult, BaseResponse
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend, Service, Task
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.elbv2.models import ELBv2Backend, FakeHealthStatus
from moto.moto_api import state_manager

from local_aws.balancer.targets import health_status
from local_aws.ecs.agent import Agent
from local_aws.ecs.definition import overrides_problem
from local_aws.ecs.services import new_deployment
from local_aws.moto.fields import assign

# Of UpdateService: what ECS starts a new deployment for, beside a new revision.
ROLLS = ("network_configuration", "platform_version", "load_balancers", "enable_execute_command")


def install(agent: Agent, calls: Counter[str]) -> None:
    """Put the agent behind moto's ECS, in this process; `calls` counts every API call that comes in."""
    # moto would advance a task each time that somebody looks at it.
    state_manager.set_transition("ecs::task", {"progression": "manual", "times": 10**9})
    _let_go_of_what_is_gone()
    _count_calls(calls)
    _hold_the_lock(agent)
    _run_and_stop_tasks(agent)
    _find_tasks()
    _roll_services(agent)
    _tell_target_health(agent)


def _let_go_of_what_is_gone() -> None:
    """Moto keeps every object it ever made in a list, for its dashboard: each log line, task and health status."""

    def new(cls: type[BaseModel], *_arguments: Any, **_named: Any) -> BaseModel:
        return object.__new__(cls)

    assign(BaseModel, {"__new__": staticmethod(new)})


def _count_calls(calls: Counter[str]) -> None:
    moto_call_action = BaseResponse.call_action

    def call_action(request: BaseResponse) -> TYPE_RESPONSE:
        calls[f"{request.service_name}:{request._get_action()}"] += 1
        return moto_call_action(request)

    assign(BaseResponse, {"call_action": call_action})


def _hold_the_lock(agent: Agent) -> None:
    moto_call_action = EC2ContainerServiceResponse.call_action

    def call_action(request: EC2ContainerServiceResponse) -> TYPE_RESPONSE:
        with agent.lock:
            return moto_call_action(request)

    assign(EC2ContainerServiceResponse, {"call_action": call_action})


def _run_and_stop_tasks(agent: Agent) -> None:
    moto_run_task = EC2ContainerServiceBackend.run_task
    moto_answer = EC2ContainerServiceResponse.run_task

    def run_task(
        backend: EC2ContainerServiceBackend,
        cluster_str: str,
        task_definition_str: str,
        count: int,
        overrides: dict[str, Any] | None,
        *more: Any,
    ) -> list[Task]:
        definition = backend.describe_task_definition(task_definition_str)
        problem = overrides_problem(
            overrides, [str(container["name"]) for container in definition.container_definitions]
        )
        if problem:
            raise InvalidParameterException(problem)
        tasks = moto_run_task(backend, cluster_str, task_definition_str, count, overrides, *more)
        for task in tasks:
            agent.adopt(task, definition)
        return tasks

    def answer(request: EC2ContainerServiceResponse) -> ActionResult:
        result = moto_answer(request)
        for task in cast("dict[str, list[Task]]", result.result)["tasks"]:
            assign(task, {"enable_execute_command": bool(request._get_param("enableExecuteCommand", False))})
            if request._get_param("enableECSManagedTags", False):
                task.tags = [*task.tags, {"key": "aws:ecs:clusterName", "value": task.cluster_name}]
        return result

    def stop_task(backend: EC2ContainerServiceBackend, cluster_str: str, task_str: str, reason: str | None) -> Task:
        cluster = backend._get_cluster(cluster_str)
        for arn, task in backend.tasks.get(cluster.name, {}).items():
            if task_str in {arn, task.id}:
                local = agent.find(task.id)
                if local is not None:
                    local.stop("UserInitiated", reason or "Task stopped by user")
                    agent.wake()
                return task
        raise InvalidParameterException("The referenced task was not found.")

    assign(EC2ContainerServiceBackend, {"run_task": run_task, "stop_task": stop_task})
    assign(EC2ContainerServiceResponse, {"run_task": answer})


def _find_tasks() -> None:
    moto_describe = EC2ContainerServiceResponse.describe_tasks

    def describe_tasks(request: EC2ContainerServiceResponse) -> ActionResult:
        result = moto_describe(request)
        answer = cast("dict[str, Any]", result.result)
        known = {name for task in answer["tasks"] for name in (task.id, task.task_arn)}
        prefix = request.ecs_backend._get_cluster(request._get_param("cluster", "default")).arn
        prefix = prefix.replace(":cluster/", ":task/")
        answer["failures"] = [
            {"arn": name if name.startswith("arn:") else f"{prefix}/{name}", "reason": "MISSING"}
            for name in request._get_param("tasks", [])
            if name not in known
        ]
        return result

    def list_tasks(request: EC2ContainerServiceResponse) -> ActionResult:
        cluster = request.ecs_backend._get_cluster(request._get_param("cluster", "default"))
        family, name = request._get_param("family"), request._get_param("serviceName")
        # Each filter that is not given lets every task pass; desiredStatus is RUNNING where it is not given.
        wanted = {
            "desired_status": request._get_param("desiredStatus", "RUNNING"),
            "container_instance_arn": request._get_param("containerInstance"),
            "started_by": request._get_param("startedBy"),
            "launch_type": request._get_param("launchType"),
            "group": f"service:{name.rsplit('/', 1)[-1]}" if name else None,
        }
        arns = [
            task.task_arn
            for task in request.ecs_backend.tasks.get(cluster.name, {}).values()
            if all(value in {None, getattr(task, field)} for field, value in wanted.items())
            and (not family or re.search(rf":task-definition/{re.escape(family)}:\d+$", task.task_definition_arn))
        ]
        return ActionResult({"taskArns": arns})

    assign(EC2ContainerServiceResponse, {"describe_tasks": describe_tasks, "list_tasks": list_tasks})


def _roll_services(agent: Agent) -> None:
    create, update = EC2ContainerServiceResponse.create_service, EC2ContainerServiceResponse.update_service
    moto_delete = EC2ContainerServiceBackend.delete_service

    def create_service(request: EC2ContainerServiceResponse) -> ActionResult:
        agent.wake()
        return create(request)

    def update_service(request: EC2ContainerServiceResponse) -> ActionResult:
        name = request._get_param("service").split("/")[-1]
        service = request.ecs_backend._get_service(request._get_param("cluster", "default"), name)
        before = [dict(deployment) for deployment in service.deployments]
        settings = _rolling_settings(service)
        result = update(request)
        if service.task_definition:  # given as family:revision, and told as an ARN
            service.task_definition = request.ecs_backend.describe_task_definition(service.task_definition).arn
        current = service.deployments[0]
        if current["id"] != before[0]["id"] or _rolling_settings(service) != settings:
            service.deployments = [new_deployment(service), *({**old, "status": "ACTIVE"} for old in before)]
        agent.wake()
        return result

    def delete_service(
        backend: EC2ContainerServiceBackend, cluster_name: str, service_name: str, force: bool
    ) -> Service:
        name = service_name.rsplit("/", 1)[-1]
        service = moto_delete(backend, cluster_name, name, force)
        # INACTIVE only when its last task has stopped: until then its network is in use.
        service.status, service.desired_count = "DRAINING", 0
        agent.wake()
        return service

    assign(EC2ContainerServiceResponse, {"create_service": create_service, "update_service": update_service})
    assign(EC2ContainerServiceBackend, {"delete_service": delete_service})


def _rolling_settings(service: Service) -> list[object]:
    return [getattr(service, name, None) for name in ROLLS]


def _tell_target_health(agent: Agent) -> None:
    moto_describe = ELBv2Backend.describe_target_health

    def describe_target_health(
        backend: ELBv2Backend, target_group_arn: str, targets: list[dict[str, Any]]
    ) -> list[FakeHealthStatus]:
        ours = agent.targets.of(target_group_arn)
        asked = {(str(target["Id"]), str(target.get("Port", ""))) for target in targets}
        told = [t for t in ours if not asked or {(t.address, str(t.port)), (t.address, "")} & asked]
        addresses = {target.address for target in told}
        others = [target for target in targets if target["Id"] not in addresses]
        theirs = moto_describe(backend, target_group_arn, others) if others or not targets else []
        return [*map(health_status, told), *theirs]

    assign(ELBv2Backend, {"describe_target_health": describe_target_health})
