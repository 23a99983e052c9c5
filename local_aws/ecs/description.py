"""The fields of DescribeTasks that moto lacks or gets wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.ecs.models import Task, TaskDefinition

from local_aws.ecs.definition import container_override
from local_aws.fields import assign

Details = list[dict[str, str]]

# A container knows fewer states than its task.
CONTAINER_STATUS = {"PROVISIONING": "PENDING", "DEACTIVATING": "RUNNING", "STOPPING": "RUNNING"}


def go_to(task: Task, status: str) -> None:
    """Set the state of a task and of its container."""
    task.last_status = status
    task.containers[0].last_status = CONTAINER_STATUS.get(status, status)


def begin(task: Task, definition: TaskDefinition, address: str) -> None:
    """Turn what moto has just made into a task that is being provisioned at this address."""
    go_to(task, "PROVISIONING")
    for attachment in task.attachments:
        for detail in cast("Details", attachment["details"]):
            if detail["name"] == "privateIPv4Address":
                detail["value"] = address
    assign(
        task,
        {
            "launch_type": task.launch_type or "FARGATE",
            "platform_version": "1.4.0",
            "platform_family": "Linux",
            "availability_zone": _zone(task),
            "cpu": task.overrides.get("cpu") or definition.cpu,
            "memory": task.overrides.get("memory") or definition.memory,
            "health_status": "UNKNOWN",
            "created_at": utcnow(),
            "stopped_reason": None,
            "version": 1,
        },
    )
    container = task.containers[0]
    override = container_override(task.overrides, str(container.name))
    memory = override.get("memory", container.memory)
    assign(
        container,
        {
            "task_arn": task.task_arn,
            "container_arn": (
                f"{task.cluster_arn.replace(':cluster/', ':container/')}/{task.id}/"
                f"{container.container_arn.rsplit('/', 1)[-1]}"
            ),
            "runtime_id": f"{task.id.replace('-', '')}-{container.name}",
            "health_status": "UNKNOWN",
            "exitCode": None,
            "cpu": str(override.get("cpu", container.cpu)),
            "memory": str(memory) if memory else None,
            "network_interfaces": [
                {"attachmentId": attachment["id"], "privateIpv4Address": address} for attachment in task.attachments
            ],
        },
    )


def release_network(task: Task) -> None:
    """Delete the task's network interfaces: a subnet or a security group that has one cannot be deleted."""
    backend = ec2_backends[task._account_id][task.region_name]
    for attachment in task.attachments:
        attachment["status"] = "DELETED"
        interface = _detail(attachment, "networkInterfaceId")
        backend.enis.pop(interface, None)
        backend.tags.pop(interface, None)


def _zone(task: Task) -> str | None:
    for attachment in task.attachments:
        subnets = ec2_backends[task._account_id][task.region_name].describe_subnets(
            subnet_ids=[_detail(attachment, "subnetId")]
        )
        return str(subnets[0].availability_zone)
    return None


def _detail(attachment: Mapping[str, object], name: str) -> str:
    details = cast("Details", attachment["details"])
    return next(detail["value"] for detail in details if detail["name"] == name)
