"""`asset-manager local ps`: lists the tasks of the local ECS."""

from __future__ import annotations

from ops.aws.ecs import short, tasks_of_cluster
from ops.console.table import aligned
from ops.local.up import Local


def show(local: Local) -> None:
    """Print a line for each running and each recently stopped task, and how it ended."""
    ecs, cluster = local.clients.ecs, local.settings.existing.cluster
    rows = []
    for task in [*tasks_of_cluster(ecs, cluster, "RUNNING"), *tasks_of_cluster(ecs, cluster, "STOPPED")]:
        ended = f"{task.get('stopCode', '')} {task.get('stoppedReason', '')}".strip()
        rows.append((short(task["taskArn"]), short(task["taskDefinitionArn"]), task["lastStatus"], ended))
    print(aligned(rows))
