"""What the local ECS runs, and what it printed."""

from __future__ import annotations

from ops.console.table import aligned
from ops.local import up
from ops.local.prerequisites import LOOPBACK
from ops.local.up import Local

LINES_SHOWN = 40


def show(local: Local) -> None:
    """A line for each task that runs or was stopped lately: what, since when, how it ended."""
    ecs = local.session().client("ecs", endpoint_url=local.endpoint, config=LOOPBACK)
    cluster = local.settings.existing.cluster
    rows = []
    for status in ("RUNNING", "STOPPED"):
        arns = ecs.list_tasks(cluster=cluster, desiredStatus=status)["taskArns"]
        for start in range(0, len(arns), 100):  # as many as DescribeTasks takes
            for task in ecs.describe_tasks(cluster=cluster, tasks=arns[start : start + 100])["tasks"]:
                revision = task["taskDefinitionArn"].rpartition("/")[2]
                ended = f"{task.get('stopCode', '')} {task.get('stoppedReason', '')}".strip()
                rows.append((task["taskArn"].rpartition("/")[2], revision, task["lastStatus"], ended))
    print(aligned(rows))


def show_logs() -> None:
    """The end of what each task printed, the newest last; the whole is in the files and in CloudWatch."""
    for log in sorted((up.DIRECTORY / "tasks").glob("*.log"), key=lambda path: path.stat().st_mtime):
        print(f"==> {log}")
        for line in log.read_text(errors="replace").splitlines()[-LINES_SHOWN:]:
            print(f"    {line}")
