"""What moto's ECS lacks, and what the agent does in its place.

Every ECS call holds the agent's lock, from the request to the finished answer: no call sees an unfinished change.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend, Service, Task, TaskDefinition
from moto.ecs.responses import EC2ContainerServiceResponse

from local_aws.ecs.definition import overrides_problem
from local_aws.ecs.services import new_deployment
from local_aws.fields import assign
from local_aws.moto import beside
from local_aws.moto.patch import patch
from local_aws.throttle import THROTTLED

# API name -> the attribute from which moto serializes it.
FORGOTTEN_BY_CREATE_SERVICE = {
    "enableExecuteCommand": "enable_execute_command",
    "enableECSManagedTags": "enable_ecs_managed_tags",
    "healthCheckGracePeriodSeconds": "health_check_grace_period_seconds",
    "availabilityZoneRebalancing": "availability_zone_rebalancing",
}
DEPLOYMENT_DEFAULTS = {"maximumPercent": 200, "minimumHealthyPercent": 100}
# Of UpdateService: what ECS starts a new deployment for, beside a new revision.
ROLLS = ("network_configuration", "platform_version", "load_balancers", "enable_execute_command")


@patch(EC2ContainerServiceResponse, "call_action")
def call_action(moto: Callable[..., TYPE_RESPONSE], request: EC2ContainerServiceResponse) -> TYPE_RESPONSE:
    """Refuse a throttled call before anything is done; hold the agent's lock for any other."""
    if beside.throttle.refuses(request._get_action()):
        return THROTTLED
    with beside.agent.lock:
        return moto(request)


@patch(EC2ContainerServiceBackend, "run_task")
def run_task(  # noqa: PLR0917  moto's own arguments
    moto: Callable[..., list[Task]],
    backend: EC2ContainerServiceBackend,
    cluster_str: str,
    task_definition_str: str,
    count: int,
    overrides: dict[str, Any] | None,
    *more: Any,
) -> list[Task]:
    """ECS RunTask: refuse what ECS refuses of overrides, and run the tasks as processes."""
    definition = backend.describe_task_definition(task_definition_str)
    problem = overrides_problem(overrides, [str(container["name"]) for container in definition.container_definitions])
    if problem:
        raise InvalidParameterException(problem)
    tasks = moto(backend, cluster_str, task_definition_str, count, overrides, *more)
    for task in tasks:
        beside.agent.adopt(task, definition)
    return tasks


@patch(EC2ContainerServiceResponse, "run_task")
def answer_run_task(moto: Callable[..., ActionResult], request: EC2ContainerServiceResponse) -> ActionResult:
    """ECS RunTask: moto drops enableExecuteCommand and enableECSManagedTags."""
    result = moto(request)
    for task in cast("dict[str, list[Task]]", result.result)["tasks"]:
        assign(task, {"enable_execute_command": bool(request._get_param("enableExecuteCommand", False))})
        if request._get_param("enableECSManagedTags", False):
            task.tags = [*task.tags, {"key": "aws:ecs:clusterName", "value": task.cluster_name}]
    return result


@patch(EC2ContainerServiceBackend, "stop_task")
def stop_task(
    _moto: object, backend: EC2ContainerServiceBackend, cluster_str: str, task_str: str, reason: str | None
) -> Task:
    """ECS StopTask: end the process."""
    cluster = backend._get_cluster(cluster_str)
    for arn, task in backend.tasks.get(cluster.name, {}).items():
        if task_str in {arn, task.id}:
            local = beside.agent.find(task.id)
            if local is not None:
                local.stop("UserInitiated", reason or "Task stopped by user")
                beside.agent.wake()
            return task
    raise InvalidParameterException("The referenced task was not found.")


@patch(EC2ContainerServiceResponse, "describe_tasks")
def describe_tasks(moto: Callable[..., ActionResult], request: EC2ContainerServiceResponse) -> ActionResult:
    """ECS DescribeTasks: moto returns no failures for unknown tasks."""
    result = moto(request)
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


@patch(EC2ContainerServiceResponse, "list_tasks")
def list_tasks(_moto: object, request: EC2ContainerServiceResponse) -> ActionResult:
    """ECS ListTasks: moto knows not every filter."""
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


@patch(EC2ContainerServiceBackend, "describe_task_definition")
def describe_task_definition(
    moto: Callable[..., TaskDefinition], backend: EC2ContainerServiceBackend, task_definition_str: str
) -> TaskDefinition:
    """ECS DescribeTaskDefinition, and each call with a family: its newest ACTIVE revision, not a deregistered one."""
    family = task_definition_str.rpartition("/")[2]
    revisions = backend.task_definitions.get(family, {})  # none where the name says which
    active = [revision for revision, made in revisions.items() if made.status == "ACTIVE"]
    return moto(backend, f"{family}:{max(active)}" if active else task_definition_str)


@patch(EC2ContainerServiceResponse, "create_service")
def create_service(moto: Callable[..., ActionResult], request: EC2ContainerServiceResponse) -> ActionResult:
    """ECS CreateService: moto forgets four settings, so that every plan differs, and how the service is to be rolled.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    """
    beside.agent.wake()
    result = moto(request)
    service = _service(result)
    for name, attribute in FORGOTTEN_BY_CREATE_SERVICE.items():
        assign(service, {attribute: request._get_param(name)})
    assign(
        service, {"deployment_configuration": DEPLOYMENT_DEFAULTS | request._get_param("deploymentConfiguration", {})}
    )
    return result


@patch(EC2ContainerServiceResponse, "update_service")
def update_service(moto: Callable[..., ActionResult], request: EC2ContainerServiceResponse) -> ActionResult:
    """ECS UpdateService: moto drops what was not sent of the deployment configuration, keeps the deployment of the old
    revision, and takes a task that is wanted for one that runs.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
    """
    backend = request.ecs_backend
    name = request._get_param("service").split("/")[-1]
    service = backend._get_service(request._get_param("cluster", "default"), name)
    cluster = backend._get_cluster(service.cluster_name)
    configuration = vars(service)["deployment_configuration"]
    running, pending = service.running_count, service.pending_count
    revision = service.task_definition
    before, settings = [dict(known) for known in service.deployments], _rolling_settings(service)
    all_running, all_pending = cluster.running_tasks_count, cluster.pending_tasks_count

    result = moto(request)

    given = request._get_param("deploymentConfiguration", {})
    assign(service, {"deployment_configuration": configuration | given})
    service.running_count, service.pending_count = running, max(service.desired_count - running, 0)
    cluster.running_tasks_count = all_running
    cluster.pending_tasks_count = all_pending + service.pending_count - pending
    deployment = service.deployments[0]
    deployment |= {"desiredCount": service.desired_count, "pendingCount": service.pending_count, "updatedAt": utcnow()}
    # moto changes the id for forceNewDeployment alone.
    is_another = service.task_definition != revision or deployment["id"] != before[0]["id"]
    if service.task_definition:  # given as family:revision, and returned as an ARN
        service.task_definition = backend.describe_task_definition(service.task_definition).arn
    if is_another or _rolling_settings(service) != settings:
        service.deployments = [new_deployment(service), *({**old, "status": "ACTIVE"} for old in before)]
    beside.agent.wake()
    return result


@patch(EC2ContainerServiceBackend, "delete_service")
def delete_service(
    moto: Callable[..., Service], backend: EC2ContainerServiceBackend, cluster_name: str, service_name: str, force: bool
) -> Service:
    """ECS DeleteService: the tasks end first."""
    name = service_name.rsplit("/", 1)[-1]
    service = moto(backend, cluster_name, name, force)
    # INACTIVE only when its last task has stopped: until then its network is in use.
    service.status, service.desired_count = "DRAINING", 0
    beside.agent.wake()
    return service


def _rolling_settings(service: Service) -> list[object]:
    return [getattr(service, name, None) for name in ROLLS]


def _service(result: ActionResult) -> Service:
    return cast("dict[str, Service]", result.result)["service"]
