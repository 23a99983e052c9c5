"""Whether ECS runs what Terraform applied: an apply succeeds even when ECS rolls the deployment back.

boto3's waiter `services_stable` does not replace this: a service that was rolled back is stable too.
https://github.com/hashicorp/terraform-provider-aws/issues/20858
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ops.aws.ecs import active_services, short
from ops.console.errors import NotSteadyError

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import ServiceTypeDef

SECONDS_BETWEEN_POLLS = 2


def applied(state: Mapping[str, Any]) -> dict[str, str]:
    """The task definition of each service, by the service's name, from Terraform's state after an apply."""
    services = (one for one in state.get("resources", []) if one["type"] == "aws_ecs_service")
    attributes = [instance["attributes"] for service in services for instance in service["instances"]]
    return {each["name"]: each["task_definition"] for each in attributes}


def wait(
    ecs: ECSClient, cluster: str, services: Mapping[str, str], timeout_seconds: float, report: Callable[[str], None]
) -> None:
    """Return once each service runs its desired count of tasks of the applied revision, and of no other."""
    deadline = time.monotonic() + timeout_seconds
    reported: dict[str, str] = {}
    while True:
        found = active_services(ecs, cluster, list(services))
        missing = sorted(services.keys() - {service["serviceName"] for service in found})
        for service in found:
            state = describe(service)
            if reported.get(service["serviceName"]) != state:
                reported[service["serviceName"]] = state
                report(f"{service['serviceName']}: {state}")
            if service["taskDefinition"] != services[service["serviceName"]]:
                wanted = short(services[service["serviceName"]])
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
                    "Somebody deleted it: make plan shows what has to be created again."
                )
            raise NotSteadyError(_message(moving[0], f"it is not steady after {timeout_seconds:.0f} seconds"))
        time.sleep(SECONDS_BETWEEN_POLLS)


def is_steady(service: ServiceTypeDef) -> bool:
    """One deployment, completed, of the revision that the service names, with all its tasks running."""
    (deployment, *others) = service["deployments"]
    return (
        not others
        and deployment.get("rolloutState") == "COMPLETED"
        and deployment["taskDefinition"] == service["taskDefinition"]
        and deployment["runningCount"] == service["desiredCount"]
    )


def describe(service: ServiceTypeDef) -> str:
    """One line: the revision, the tasks, the state of the deployment."""
    deployment = service["deployments"][0]
    revision = short(deployment["taskDefinition"])
    state = deployment.get("rolloutState", "IN_PROGRESS").lower().replace("_", " ")
    return f"{revision}, {deployment['runningCount']} of {service['desiredCount']} running, {state}"


def _message(service: ServiceTypeDef, what: str) -> str:
    events = "".join(f"\n    {event['message']}" for event in service.get("events", [])[:3])
    reason = service["deployments"][0].get("rolloutStateReason", "")
    return (
        f"the service {service['serviceName']} is not running what was deployed: {what} ({describe(service)}). "
        f"{reason} Its last events:{events or ' none'}\n"
        "Read its log group and the stopped tasks' reasons. Where ECS could keep them, the tasks from before still run."
    )
