"""The targets of all tasks behind a load balancer, and what moto's target groups say of them."""

from __future__ import annotations

from moto.elbv2.models import FakeHealthStatus, FakeTargetGroup, elbv2_backends

from local_aws.balancer.health import Check, Target

REASONS = {  # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
    "initial": ("Elb.InitialHealthChecking", "Initial health checks in progress"),
    "unhealthy": ("Target.FailedHealthChecks", "Health checks failed"),
    "draining": ("Target.DeregistrationInProgress", "Target deregistration is in progress"),
}


class Targets:
    """All targets, of all groups. `speed`: how many times faster than on AWS a group's intervals pass."""

    def __init__(self, speed: int) -> None:
        self._speed = speed
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

    def check_of(self, target: Target) -> Check | None:
        """Return its group's health check as it is now, or None if the group was deleted."""
        group = group_of(target.group_arn)
        if group is None:
            return None
        return Check(
            path=group.health_check_path or "/",
            interval=float(group.health_check_interval_seconds) / self._speed,
            timeout=float(group.health_check_timeout_seconds),
            healthy_threshold=int(group.healthy_threshold_count),
            unhealthy_threshold=int(group.unhealthy_threshold_count),
            codes=str((getattr(group, "matcher", None) or {}).get("HttpCode", "200")),
        )

    def is_drained(self, target: Target) -> bool:
        """Whether its last connection has ended, or its group's deregistration delay has passed."""
        group = group_of(target.group_arn)
        delay = float(str(group.attributes["deregistration_delay.timeout_seconds"])) if group else 0.0
        return target.is_drained(delay / self._speed)


def group_of(group_arn: str) -> FakeTargetGroup | None:
    """Return moto's target group, or None if it was deleted."""
    _, _, _, region, account, _ = group_arn.split(":", 5)
    return elbv2_backends[account][region].target_groups.get(group_arn)


def health_status(target: Target) -> FakeHealthStatus:
    """Return what DescribeTargetHealth says of a target."""
    reason, text = REASONS.get(target.state, (None, None))
    if target.state == "unhealthy" and target.why:
        text = target.why
    return FakeHealthStatus(target.address, str(target.port), str(target.port), target.state, reason, text)
