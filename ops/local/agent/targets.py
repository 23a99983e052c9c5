"""The targets of all tasks behind a load balancer, and what moto's target groups say of them."""

from __future__ import annotations

from moto.elbv2.models import FakeHealthStatus, FakeTargetGroup, elbv2_backends

from ops.local.agent.health import LONGEST_INTERVAL_SECONDS, Check, Target

REASONS = {  # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
    "initial": ("Elb.InitialHealthChecking", "Initial health checks in progress"),
    "unhealthy": ("Target.FailedHealthChecks", "Health checks failed"),
    "draining": ("Target.DeregistrationInProgress", "Target deregistration is in progress"),
}


class Targets:
    """All targets, of all groups."""

    def __init__(self) -> None:
        self._targets: list[Target] = []

    def register(self, group_arn: str, address: str, port: int) -> Target:
        """Begin to check a target."""
        target = Target(group_arn=group_arn, address=address, port=port)
        self._targets = [*self._targets, target]  # a new list: other threads go through the old one
        return target

    def deregister(self, target: Target) -> None:
        """Forget a target that is drained, or whose task has ended."""
        self._targets = [known for known in self._targets if known is not target]

    def all(self) -> list[Target]:
        """Return every target, in the order of their registration."""
        return self._targets

    def of(self, group_arn: str) -> list[Target]:
        """Return a group's targets."""
        return [target for target in self._targets if target.group_arn == group_arn]


def group_of(group_arn: str) -> FakeTargetGroup | None:
    """Return moto's target group, or None if it was deleted."""
    _, _, _, region, account, _ = group_arn.split(":", 5)
    return elbv2_backends[account][region].target_groups.get(group_arn)


def check_of(group: FakeTargetGroup) -> Check:
    """Return the group's health check as it is now; Terraform may change it at any time."""
    return Check(
        path=group.health_check_path or "/",
        interval=min(float(group.health_check_interval_seconds), LONGEST_INTERVAL_SECONDS),
        timeout=float(group.health_check_timeout_seconds),
        healthy_threshold=int(group.healthy_threshold_count),
        unhealthy_threshold=int(group.unhealthy_threshold_count),
        codes=str((getattr(group, "matcher", None) or {}).get("HttpCode", "200")),
    )


def draining_delay(group_arn: str) -> float:
    """Return the group's deregistration delay in seconds."""
    group = group_of(group_arn)
    return float(str(group.attributes["deregistration_delay.timeout_seconds"])) if group else 0.0


def health_status(target: Target) -> FakeHealthStatus:
    """Return what DescribeTargetHealth says of a target."""
    reason, text = REASONS.get(target.state, (None, None))
    if target.state == "unhealthy" and target.why:
        text = target.why
    return FakeHealthStatus(target.address, str(target.port), str(target.port), target.state, reason, text)
