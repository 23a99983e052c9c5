"""`asset-manager local ps` and `local logs`: the tasks of the local ECS, and their output."""

from __future__ import annotations

from ops.aws.ecs import short, tasks_of_cluster
from ops.console.table import aligned
from ops.local import up
from ops.local.up import Local

LINES_SHOWN = 40


def show(local: Local) -> None:
    """Print a line for each running and each recently stopped task, and how it ended."""
    ecs, cluster = local.clients.ecs, local.settings.existing.cluster
    rows = []
    for task in [*tasks_of_cluster(ecs, cluster, "RUNNING"), *tasks_of_cluster(ecs, cluster, "STOPPED")]:
        ended = f"{task.get('stopCode', '')} {task.get('stoppedReason', '')}".strip()
        rows.append((short(task["taskArn"]), short(task["taskDefinitionArn"]), task["lastStatus"], ended))
    print(aligned(rows))


def show_logs() -> None:
    """Print the last lines of each task, the newest task last; the files and CloudWatch have all lines."""
    for log in sorted((up.DIRECTORY / "tasks").glob("*.log"), key=lambda path: path.stat().st_mtime):
        print(f"==> {log}")
        for line in log.read_text(errors="replace").splitlines()[-LINES_SHOWN:]:
            print(f"    {line}")
