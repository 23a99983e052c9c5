"""Whether a service's task counts as healthy, and what ECS says of one that is not."""

from __future__ import annotations

from local_aws.ecs.tasks import LocalTask

# A task that nothing checks counts as healthy once it has stayed up so long: RUNNING alone is true of one that is
# about to crash, and no circuit breaker would ever open.
SECONDS_TO_SETTLE = 2.0


def is_healthy(task: LocalTask) -> bool:
    """Whether it counts towards minimumHealthyPercent: its own check passes, and its targets' do."""
    if task.status != "RUNNING" or task.is_stopping or (task.health not in {None, "HEALTHY"}):
        return False
    if task.targets:
        return all(target.state == "healthy" for target in task.targets)
    return task.health == "HEALTHY" or task.seconds_running() >= SECONDS_TO_SETTLE


def complaint(task: LocalTask, grace_seconds: float) -> tuple[str, str] | None:
    """The words of the service's event and of the task's stoppedReason, if the task is to be replaced."""
    if task.is_stopping or task.seconds_running() < grace_seconds:
        return None
    if task.health == "UNHEALTHY":
        return f"(task {task.id}) failed container health checks.", "Task failed container health checks"
    failed = next((target for target in task.targets if target.state == "unhealthy"), None)
    if failed is None:
        return None
    return (
        f"(port {failed.port}) is unhealthy in (target-group {failed.group_arn}) due to (reason {failed.why}).",
        f"Task failed ELB health checks in (target-group {failed.group_arn})",
    )
