"""What Terraform knows nothing of when it destroys: tasks of no service, which go, and what stays on purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from ops.console.errors import NotSteadyError
from ops.console.poll import poll
from ops.deploying.prune import TASKS_A_CALL, registered

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import TaskTypeDef

    from ops.aws.account import Deployment

SECONDS_TO_STOP = 300  # a run is given two minutes between SIGTERM and SIGKILL
SECONDS_BETWEEN_LOOKS = 2


def runs_and_commands(deployment: Deployment) -> list[str]:
    """The ARNs of this deployment's tasks that are no service's, and have not ended."""
    ecs, cluster, names = deployment.ecs, deployment.settings.existing.cluster, deployment.settings.names
    try:
        arns = [
            arn
            for family in (names.run_family, names.daemon_family)
            for page in ecs.get_paginator("list_tasks").paginate(cluster=cluster, family=family)
            for arn in page["taskArns"]
        ]
    except ecs.exceptions.ClusterNotFoundException:
        return []
    found = _described(deployment, arns)
    return [task["taskArn"] for task in found if not (task.get("group") or "").startswith("service:")]


def stop(deployment: Deployment, arns: Sequence[str], report: Callable[[str], None]) -> None:
    """Stop them, and wait until they have: a task's network interface holds the security group that is to go."""
    ecs, cluster = deployment.ecs, deployment.settings.existing.cluster
    for arn in arns:
        report(f"stopping {arn}")
        ecs.stop_task(cluster=cluster, task=arn, reason="asset-manager destroy")
    going = poll(
        lambda: [task["taskArn"] for task in _described(deployment, arns) if task["lastStatus"] != "STOPPED"],
        lambda going: not going,
        SECONDS_TO_STOP,
        SECONDS_BETWEEN_LOOKS,
    )
    if going:
        raise NotSteadyError(f"{going[0]} has not stopped in {SECONDS_TO_STOP} seconds. services is destroyed.")


def left(deployment: Deployment) -> Iterator[str]:
    """What stays, a line each, and how it all comes back."""
    settings, names = deployment.settings, deployment.settings.names
    families = (names.web_family, names.daemon_family, names.run_family)
    revisions = sum(len(registered(deployment.ecs, family)) for family in families)
    existing = settings.existing
    yield f"{settings.environment} is not deployed any more. Left on purpose:"
    yield f"    {revisions} task definition revisions of {', '.join(families)}: they cost nothing"
    yield f"    the state bucket {settings.state_bucket}, with two empty states and what they were"
    for name in _parameters(deployment):
        yield f"    SSM's {name}, which Terraform did not make"
    yield f"    what was there before: the VPC {existing.vpc_name}, the cluster {existing.cluster}, the repository"
    yield f"    {existing.repository} with its images, roles, certificate, the zone {settings.dns.zone}"
    yield f"    Dagster's storage in the database at {settings.database.host}: runs that were queued are queued still"
    secrets = " ".join(f"TF_VAR_{name}" for name, _ in settings.secret_versions)
    yield f"It comes back by: asset-manager deploy -e {settings.environment}, with all secrets exported ({secrets})."
    # Secrets Manager deletes in the background; SSM asks for 30 seconds before a name is used again.
    yield "AWS frees the names of parameters, buckets and of the client secret after a while: refused, try again later."


def _parameters(deployment: Deployment) -> list[str]:
    """What is left below the prefix: the record of releases, and what somebody put there."""
    beginning = f"{deployment.settings.names.parameter_prefix}/"
    pages = deployment.ssm.get_paginator("describe_parameters").paginate(
        ParameterFilters=[{"Key": "Name", "Option": "BeginsWith", "Values": [beginning]}]
    )
    return sorted(parameter["Name"] for page in pages for parameter in page["Parameters"])


def _described(deployment: Deployment, arns: Sequence[str]) -> list[TaskTypeDef]:
    cluster = deployment.settings.existing.cluster
    return [
        task
        for start in range(0, len(arns), TASKS_A_CALL)
        for task in deployment.ecs.describe_tasks(cluster=cluster, tasks=list(arns[start : start + TASKS_A_CALL]))[
            "tasks"
        ]
    ]
