"""One Fargate task definition with one container."""

from __future__ import annotations

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.ecs_task_definition import (
    EcsTaskDefinition,
    EcsTaskDefinitionRuntimePlatform,
    EcsTaskDefinitionVolume,
)
from constructs import Construct

from asset_manager_constructs.containers import WRITABLE, Container, container_definitions


@dataclass(frozen=True, kw_only=True)
class TaskDefinitionProps:
    """`cpu` is in CPU units (1024 = one vCPU), `memory` of the container in MiB: a pair that Fargate supports."""

    family: str
    cpu: int
    cpu_architecture: str
    container: Container
    execution_role_arn: str
    task_role_arn: str


class TaskDefinition(Construct):
    """Terraform never deregisters a revision: a launcher pins one when it starts, and a rollback needs an old one."""

    def __init__(self, scope: Construct, id_: str, props: TaskDefinitionProps) -> None:
        super().__init__(scope, id_)
        definition = EcsTaskDefinition(
            self,
            "definition",
            family=props.family,
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(props.cpu),
            memory=str(props.container.memory),
            execution_role_arn=props.execution_role_arn,
            task_role_arn=props.task_role_arn,
            runtime_platform=EcsTaskDefinitionRuntimePlatform(
                cpu_architecture=props.cpu_architecture, operating_system_family="LINUX"
            ),
            volume=[EcsTaskDefinitionVolume(name=volume) for volume in WRITABLE],
            container_definitions=container_definitions(props.container),
            skip_destroy=True,
        )
        self.arn = definition.arn
