"""Whether ECS really runs what Terraform applied: an apply is green even when the deployment was rolled back.

https://github.com/hashicorp/terraform-provider-aws/issues/20858
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.config import Config

from ops.console.errors import NotSteadyError

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import ServiceTypeDef

SECONDS_BETWEEN_LOOKS = 2
# Hundreds of looks, and ECS throttles a busy account: an apply that went well is not to fail for one of them.
PATIENT = Config(retries={"mode": "standard", "total_max_attempts": 10})


def applied(state: Mapping[str, Any]) -> dict[str, str]:
    """The task definition that Terraform gave each service, by the service's name, from the state after an apply."""
    services = (one for one in state.get("resources", []) if one["type"] == "aws_ecs_service")
    attributes = [instance["attributes"] for service in services for instance in service["instances"]]
    return {each["name"]: each["task_definition"] for each in attributes}


def wait(
    ecs: ECSClient, cluster: str, services: Mapping[str, str], timeout_seconds: float, report: Callable[[str], None]
) -> None:
    """Return once each service has its desired count of tasks of the revision that was applied, and of no other."""
    deadline = time.monotonic() + timeout_seconds
    told: dict[str, str] = {}
    while True:
        # A deployment without services has nothing to wait for, and ECS refuses to be asked of none.
        known = ecs.describe_services(cluster=cluster, services=list(services))["services"] if services else []
        found = [service for service in known if service["status"] == "ACTIVE"]
        missing = sorted(services.keys() - {service["serviceName"] for service in found})
        for service in found:
            state = describe(service)
            if told.get(service["serviceName"]) != state:
                told[service["serviceName"]] = state
                report(f"{service['serviceName']}: {state}")
            if service["taskDefinition"] != services[service["serviceName"]]:
                wanted = services[service["serviceName"]].rpartition("/")[2]
                raise NotSteadyError(_message(service, f"{wanted} was rolled back"))
            if service["deployments"][0].get("rolloutState") == "FAILED":
                raise NotSteadyError(_message(service, "its deployment failed"))
        moving = [service for service in found if not is_steady(service)]
        if not moving and not missing:
            return
        if time.monotonic() > deadline:
            if missing:
                raise NotSteadyError(
                    f"the cluster {cluster} has no service {', '.join(missing)}, though Terraform's state has. "
                    "Somebody deleted it: make plan tells what is to be made anew."
                )
            raise NotSteadyError(_message(moving[0], f"it is not steady after {timeout_seconds:.0f} seconds"))
        time.sleep(SECONDS_BETWEEN_LOOKS)


def is_steady(service: ServiceTypeDef) -> bool:
    """One deployment, complete, of the revision that the service names, with all its tasks running."""
    (deployment, *others) = service["deployments"]
    return (
        not others
        and deployment.get("rolloutState") == "COMPLETED"
        and deployment["taskDefinition"] == service["taskDefinition"]
        and deployment["runningCount"] == service["desiredCount"]
    )


def describe(service: ServiceTypeDef) -> str:
    """In a line: its revision, its tasks, its deployment."""
    deployment = service["deployments"][0]
    revision = deployment["taskDefinition"].rpartition("/")[2]
    state = deployment.get("rolloutState", "IN_PROGRESS").lower().replace("_", " ")
    return f"{revision}, {deployment['runningCount']} of {service['desiredCount']} running, {state}"


def _message(service: ServiceTypeDef, what: str) -> str:
    events = "".join(f"\n    {event['message']}" for event in service.get("events", [])[:3])
    reason = service["deployments"][0].get("rolloutStateReason", "")
    return (
        f"the service {service['serviceName']} is not running what was deployed: {what} ({describe(service)}). "
        f"{reason} Its last events:{events or ' none'}\n"
        "Look at its log group and at the stopped tasks' reasons; what ran before goes on where ECS could keep it."
    )
