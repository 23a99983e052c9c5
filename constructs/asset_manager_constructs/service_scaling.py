"""Scaling of a service whose number of tasks is not fixed.

    by load            min <= tasks <= max, at 60 % CPU      web, if max_count is more than desired_count
    by office hours    none outside of them                  web and daemon, if the environment has office hours

Terraform creates the service with its desired count and ignores later changes of it (`ignore_changes`).
"""

from __future__ import annotations

from dataclasses import dataclass

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.appautoscaling_policy import (
    AppautoscalingPolicy,
)
from cdktf_cdktf_provider_aws.appautoscaling_policy import (
    AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration as TargetTracking,
)
from cdktf_cdktf_provider_aws.appautoscaling_policy import (
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification as Metric,
)
from cdktf_cdktf_provider_aws.appautoscaling_scheduled_action import (
    AppautoscalingScheduledAction,
    AppautoscalingScheduledActionScalableTargetAction,
)
from cdktf_cdktf_provider_aws.appautoscaling_target import AppautoscalingTarget
from cdktf_cdktf_provider_aws.ecs_service import EcsService
from constructs import Construct

from settings.schema import OfficeHours

CPU_PERCENT = 60


@dataclass(frozen=True, kw_only=True)
class ServiceScalingProps:
    """Counts of tasks; without `hours` the service always runs."""

    cluster: str
    service: EcsService
    min_count: int
    max_count: int
    hours: OfficeHours | None


class ServiceScaling(Construct):
    """A scalable target: by load if the maximum is above the minimum, and by the clock if there are hours."""

    def __init__(self, scope: Construct, id_: str, props: ServiceScalingProps) -> None:
        super().__init__(scope, id_)
        target = AppautoscalingTarget(
            self,
            "target",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            # From the service's own attributes, so that Terraform creates the service first.
            resource_id=f"service/{props.cluster}/{props.service.name}",
            min_capacity=0 if props.hours else props.min_count,
            max_capacity=props.max_count,
            # The scheduled actions change both: an apply at night must not start tasks.
            lifecycle=TerraformResourceLifecycle(ignore_changes=["min_capacity", "max_capacity"])
            if props.hours
            else None,
        )
        if props.max_count > props.min_count:
            AppautoscalingPolicy(
                self,
                "cpu",
                name=f"{props.service.name_input}-cpu",
                policy_type="TargetTrackingScaling",
                target_tracking_scaling_policy_configuration=(
                    TargetTracking(
                        target_value=CPU_PERCENT,
                        # A page sends GraphQL queries in bursts: scale out quickly, scale in slowly.
                        scale_out_cooldown=60,
                        scale_in_cooldown=300,
                        predefined_metric_specification=Metric(
                            predefined_metric_type="ECSServiceAverageCPUUtilization"
                        ),
                    )
                ),
                service_namespace=target.service_namespace,
                scalable_dimension=target.scalable_dimension,
                resource_id=target.resource_id,
            )
        if props.hours:
            hours = props.hours
            for name, clock, least, most in (
                ("start", hours.start, props.min_count, props.max_count),
                ("stop", hours.stop, 0, 0),
            ):
                hour, minute = clock.split(":")
                AppautoscalingScheduledAction(
                    self,
                    name,
                    name=f"{props.service.name_input}-{name}",
                    schedule=f"cron({int(minute)} {int(hour)} ? * {hours.days} *)",
                    timezone=hours.timezone,
                    scalable_target_action=AppautoscalingScheduledActionScalableTargetAction(
                        min_capacity=str(least), max_capacity=str(most)
                    ),
                    service_namespace=target.service_namespace,
                    scalable_dimension=target.scalable_dimension,
                    resource_id=target.resource_id,
                )
