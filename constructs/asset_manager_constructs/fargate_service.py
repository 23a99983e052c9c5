"""One ECS service on Fargate in private subnets, with or without a target group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.ecs_service import (
    EcsService,
    EcsServiceDeploymentCircuitBreaker,
    EcsServiceLoadBalancer,
    EcsServiceNetworkConfiguration,
)
from constructs import Construct


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where tasks register; ECS ignores the health of a new task for `grace_period_seconds`."""

    target_group_arn: str
    container: str
    port: int
    grace_period_seconds: int


@dataclass(frozen=True, kw_only=True)
class FargateServiceProps:
    """Percentages are of `desired_count`, and bound the number of tasks during a deployment.

    `scaled`: something other than Terraform changes the count later.
    """

    name: str
    cluster_arn: str
    task_definition_arn: str
    desired_count: int
    scaled: bool
    minimum_healthy_percent: int
    maximum_percent: int
    subnet_ids: Sequence[str]
    security_group_id: str
    target: Target | None
    depends_on: Sequence[ITerraformDependable]


class FargateService(Construct):
    """Keeps tasks of one task definition running; a new revision replaces them."""

    def __init__(self, scope: Construct, id_: str, props: FargateServiceProps) -> None:
        super().__init__(scope, id_)
        target = props.target
        self.service = EcsService(
            self,
            "service",
            name=props.name,
            cluster=props.cluster_arn,
            task_definition=props.task_definition_arn,
            launch_type="FARGATE",
            desired_count=props.desired_count,
            deployment_minimum_healthy_percent=props.minimum_healthy_percent,
            deployment_maximum_percent=props.maximum_percent,
            # If new tasks do not become healthy, ECS gives up after some attempts and rolls back.
            deployment_circuit_breaker=EcsServiceDeploymentCircuitBreaker(enable=True, rollback=True),
            # Rebalancing starts a second task before it stops the first: for the daemon, two daemons.
            availability_zone_rebalancing="DISABLED",
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            network_configuration=EcsServiceNetworkConfiguration(
                subnets=list(props.subnet_ids), security_groups=[props.security_group_id], assign_public_ip=False
            ),
            # ECS refuses a grace period on a service without a load balancer (terraform-provider-aws#31104).
            health_check_grace_period_seconds=target.grace_period_seconds if target else None,
            load_balancer=[
                EcsServiceLoadBalancer(
                    target_group_arn=target.target_group_arn,
                    container_name=target.container,
                    container_port=target.port,
                )
            ]
            if target
            else None,
            lifecycle=TerraformResourceLifecycle(ignore_changes=["desired_count"]) if props.scaled else None,
            depends_on=list(props.depends_on),
        )
