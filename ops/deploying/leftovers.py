"""What Terraform does not destroy: tasks that belong to no service, which are stopped, and what stays on purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ops.aws import parameters
from ops.aws.account import Account
from ops.aws.ecs import described, tasks_of_family
from ops.aws.task_definitions import registered
from ops.console.errors import NotSteadyError
from ops.console.poll import poll

SECONDS_TO_STOP = 300  # a run has two minutes between SIGTERM and SIGKILL
SECONDS_BETWEEN_POLLS = 2


def runs_and_commands(account: Account) -> list[str]:
    """The ARNs of this environment's tasks that belong to no service and have not ended."""
    ecs, cluster, names = account.clients.ecs, account.settings.existing.cluster, account.settings.names
    try:
        tasks = [
            task
            for family in (names.run_family, names.daemon_family)
            for task in tasks_of_family(ecs, cluster, family, "RUNNING")
        ]
    except ecs.exceptions.ClusterNotFoundException:
        return []
    return [task["taskArn"] for task in tasks if not (task.get("group") or "").startswith("service:")]


def stop(account: Account, arns: Sequence[str], report: Callable[[str], None]) -> None:
    """Stop the tasks and wait until they have ended: their network interfaces hold the security group of `base`."""
    ecs, cluster = account.clients.ecs, account.settings.existing.cluster
    for arn in arns:
        report(f"stopping {arn}")
        ecs.stop_task(cluster=cluster, task=arn, reason="asset-manager destroy")
    left = poll(
        lambda: [task["taskArn"] for task in described(ecs, cluster, arns) if task["lastStatus"] != "STOPPED"],
        lambda left: not left,
        SECONDS_TO_STOP,
        SECONDS_BETWEEN_POLLS,
    )
    if left:
        raise NotSteadyError(f"{left[0]} has not stopped in {SECONDS_TO_STOP} seconds. services is destroyed.")


def left(account: Account) -> Iterator[str]:
    """One line for each thing that stays, and how you deploy the environment again."""
    settings, names, existing = account.settings, account.settings.names, account.settings.existing
    families = (names.web_family, names.daemon_family, names.run_family)
    revisions = sum(len(registered(account.clients.ecs, family)) for family in families)
    yield f"{settings.environment} is not deployed any more. Left on purpose:"
    yield f"    {revisions} task definition revisions of {', '.join(families)}: they cost nothing"
    yield f"    the state bucket {settings.state_bucket}, with two empty states and their earlier versions"
    for parameter in sorted(each["Name"] for each in parameters.below(account.clients.ssm, names.parameter_prefix)):
        yield f"    SSM's {parameter}, which Terraform did not make"
    yield f"    what was there before: the VPC {existing.vpc_name}, the cluster {existing.cluster}, the repository"
    yield f"    {existing.repository} with its images, roles, certificate, the zone {settings.dns.zone}"
    yield f"    Dagster's storage in the database at {settings.database.host}: runs that were queued are queued still"
    secrets = " ".join(f"TF_VAR_{name}" for name, _ in settings.secret_versions)
    yield f"To deploy it again: asset-manager deploy -e {settings.environment}, with all secrets exported ({secrets})."
    # Secrets Manager deletes in the background; SSM asks for 30 seconds before a name is used again.
    yield "AWS frees the names of parameters, buckets and of the client secret after a while: refused, try again later."
