"""The `services` stack: what a release changes. Tasks, the services that run them, and the way to the web server."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import yaml
from cdktf import TerraformStack
from constructs import Construct

from asset_manager_constructs.containers import Container
from asset_manager_constructs.dagster_instance import DagsterInstance, DagsterInstanceProps
from asset_manager_constructs.dagster_process import DAEMON_COMMAND, environment, web_command
from asset_manager_constructs.dns import Dns, DnsProps
from asset_manager_constructs.existing import ExistingPlatform, ExistingPlatformProps
from asset_manager_constructs.fargate_service import FargateService, FargateServiceProps, Target
from asset_manager_constructs.instance_config import InstanceFacts, fill_in
from asset_manager_constructs.permissions import Permissions, PermissionsProps
from asset_manager_constructs.policies import ExecutionAccess, TaskAccess
from asset_manager_constructs.task_definition import TaskDefinition, TaskDefinitionProps
from asset_manager_constructs.web_routing import WebRouting, WebRoutingProps
from stacks.backend import use_aws, use_remote_state
from stacks.base import BaseOutputs
from stacks.settings import Settings

DAGSTER_YAML = Path(__file__).resolve().parent.parent / "dagster" / "dagster.yaml"


class ServicesStack(TerraformStack):
    """Three task definitions, Dagster's configuration, two services, target group and rule, DNS, permissions."""

    def __init__(self, scope: Construct, id_: str, settings: Settings, base: BaseOutputs) -> None:
        super().__init__(scope, id_)
        names = settings.names
        use_remote_state(self, settings)
        use_aws(self, settings)
        platform = ExistingPlatform(
            self,
            "platform",
            ExistingPlatformProps(
                cluster=settings.existing.cluster,
                repository=settings.existing.repository,
                execution_role=settings.existing.execution_role,
                task_role=settings.existing.task_role,
            ),
        )
        container = partial(
            Container,
            image=f"{platform.repository_url}:{settings.image_tag}",
            environment=environment(settings.environment, settings.region, settings.code_location),
            region=settings.region,
        )
        definition = partial(
            TaskDefinitionProps,
            execution_role_arn=platform.execution_role_arn,
            task_role_arn=platform.task_role_arn,
        )

        run = TaskDefinition(
            self,
            "run",
            definition(
                family=names.run_family,
                cpu=settings.run.cpu,
                container=container(
                    name=names.run_container,
                    memory=settings.run.memory,
                    command=(),  # the launcher gives each run its own
                    secrets=base.parameter_arns,
                    log_group=base.run_log_group,
                ),
            ),
        )
        instance = DagsterInstance(
            self,
            "dagster-instance",
            DagsterInstanceProps(
                parameter_name=f"{names.parameter_prefix}/DAGSTER_YAML",
                document=fill_in(
                    yaml.safe_load(DAGSTER_YAML.read_text()),
                    InstanceFacts(
                        run_task_definition_arn=run.arn,
                        run_container=names.run_container,
                        cluster_arn=platform.cluster_arn,
                        subnet_ids=base.private_subnet_ids,
                        security_group_id=base.services_security_group_id,
                        bucket=base.artifacts_bucket,
                        region=settings.region,
                    ),
                ),
            ),
        )
        # Web and daemon read all of it when they start, so a change of any of it is a new revision.
        injected = {**base.parameter_arns, "DAGSTER_YAML": instance.parameter_arn}
        rolls_with = {
            "dagster-yaml-sha256": instance.digest,
            "parameters-sha256": base.parameters_digest,
            "secret-versions": ",".join(f"{name}={version}" for name, version in settings.secret_versions),
        }
        web = TaskDefinition(
            self,
            "web",
            definition(
                family=names.web_family,
                cpu=settings.web.cpu,
                container=container(
                    name=names.web_container,
                    memory=settings.web.memory,
                    command=web_command(settings.web.port),
                    secrets=injected,
                    log_group=base.web_log_group,
                    port=settings.web.port,
                    docker_labels=rolls_with,
                ),
            ),
        )
        daemon = TaskDefinition(
            self,
            "daemon",
            definition(
                family=names.daemon_family,
                cpu=settings.daemon.cpu,
                container=container(
                    name=names.daemon_container,
                    memory=settings.daemon.memory,
                    command=DAEMON_COMMAND,
                    secrets=injected,
                    log_group=base.daemon_log_group,
                    docker_labels=rolls_with,
                ),
            ),
        )

        logs = f"arn:aws:logs:{settings.region}:{settings.account_id}:log-group"
        permissions = Permissions(
            self,
            "permissions",
            PermissionsProps(
                app=settings.name,
                execution_role=settings.existing.execution_role,
                execution=ExecutionAccess(
                    repository_arn=platform.repository_arn,
                    log_group_arns=[
                        f"{logs}:{group}" for group in (base.web_log_group, base.daemon_log_group, base.run_log_group)
                    ],
                    parameter_arns=list(injected.values()),
                    kms_key_arn=settings.kms_key_arn,
                ),
                task_role=settings.existing.task_role,
                task=TaskAccess(
                    ecs_arn_prefix=f"arn:aws:ecs:{settings.region}:{settings.account_id}",
                    cluster=settings.existing.cluster,
                    run_family=names.run_family,
                    run_log_group_arn=f"{logs}:{base.run_log_group}",
                    bucket_arn=f"arn:aws:s3:::{base.artifacts_bucket}",
                    passed_role_arns=[platform.execution_role_arn, platform.task_role_arn],
                    kms_key_arn=settings.kms_key_arn,
                ),
            ),
        )
        routing = WebRouting(
            self,
            "web-routing",
            WebRoutingProps(
                listener_arn=base.https_listener_arn,
                host=settings.dns.host,
                target_group_name=names.target_group,
                port=settings.web.port,
                vpc_id=base.vpc_id,
            ),
        )
        service = partial(
            FargateServiceProps,
            cluster_arn=platform.cluster_arn,
            subnet_ids=base.private_subnet_ids,
            security_group_id=base.services_security_group_id,
        )
        FargateService(
            self,
            "web-service",
            service(
                name=names.web_service,
                task_definition_arn=web.arn,
                desired_count=settings.web.desired_count,
                minimum_healthy_percent=100,
                maximum_percent=200,
                target=Target(
                    target_group_arn=routing.target_group_arn,
                    container=names.web_container,
                    port=settings.web.port,
                    grace_period_seconds=120,
                ),
                # ECS refuses a target group that no listener uses yet, and a task without its permissions cannot start.
                depends_on=[routing.rule, *permissions.policies],
            ),
        )
        FargateService(
            self,
            "daemon-service",
            service(
                name=names.daemon_service,
                task_definition_arn=daemon.arn,
                # Two daemons run every schedule twice (dagster#33962): the old one stops before the new one starts.
                desired_count=1,
                minimum_healthy_percent=0,
                maximum_percent=100,
                target=None,
                depends_on=permissions.policies,
            ),
        )
        Dns(
            self,
            "dns",
            DnsProps(
                zone=settings.dns.zone,
                host=settings.dns.host,
                alb_dns_name=base.alb_dns_name,
                alb_zone_id=base.alb_zone_id,
            ),
        )
