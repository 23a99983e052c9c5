"""The `services` stack, which a release changes: tasks, the services that run them, and the route to web."""

from __future__ import annotations

from functools import partial

from cdktf import TerraformStack
from constructs import Construct

from asset_manager_constructs.dns import Dns, DnsProps
from asset_manager_constructs.existing import ExistingPlatform, ExistingPlatformProps
from asset_manager_constructs.fargate_service import FargateService, FargateServiceProps, Target
from asset_manager_constructs.service_scaling import ServiceScaling, ServiceScalingProps
from asset_manager_constructs.web_routing import WebRouting, WebRoutingProps
from settings.facts.sign_in_template import SignIn
from settings.load import Settings
from stacks.access import define_permissions
from stacks.backend import use_aws, use_remote_state
from stacks.base import BaseOutputs
from stacks.tasks import define_tasks
from stacks.watching import watch


class ServicesStack(TerraformStack):
    """Three task definitions, Dagster's configuration, two services, the route to web, permissions, alarms."""

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
                image_tag=settings.image_tag,
                execution_role=settings.existing.execution_role,
                task_role=settings.existing.task_role,
            ),
        )
        tasks = define_tasks(self, settings, base, platform)
        permissions = define_permissions(
            self,
            settings,
            base,
            platform,
            injected_arns=tasks.injected_arns,
            run_role_arn=tasks.run_role.arn,
            compute_logs=tasks.compute_logs,
        )
        allowed = [*permissions.policies, tasks.run_role.policy]
        routing = WebRouting(
            self,
            "web-routing",
            WebRoutingProps(
                listener_arn=base.https_listener_arn,
                host=settings.dns.host,
                target_group_name=names.target_group,
                port=settings.web.port,
                vpc_id=base.vpc_id,
                sign_in_stack=names.sign_in_stack,
                sign_in=SignIn(
                    domain=settings.auth0_domain,
                    client_id=settings.auth0_client_id,
                    secret_name=base.client_secret_name,
                    secret_version_id=base.client_secret_version_id,
                )
                if settings.auth0_domain
                else None,
            ),
        )
        service = partial(
            FargateServiceProps,
            cluster_arn=platform.cluster_arn,
            subnet_ids=base.private_subnet_ids,
            security_group_id=base.services_security_group_id,
        )
        hours = settings.office_hours
        web_service = FargateService(
            self,
            "web-service",
            service(
                name=names.web_service,
                task_definition_arn=tasks.web_arn,
                desired_count=settings.web.desired_count,
                scaled=settings.web.is_scaled or hours is not None,
                minimum_healthy_percent=100,
                maximum_percent=200,
                target=Target(
                    target_group_arn=routing.target_group_arn,
                    container=names.web_container,
                    port=settings.web.port,
                    grace_period_seconds=120,
                ),
                # ECS refuses a target group that no listener uses, and a task cannot start without its permissions.
                depends_on=[routing.rule, *allowed],
            ),
        )
        daemon_service = FargateService(
            self,
            "daemon-service",
            service(
                name=names.daemon_service,
                task_definition_arn=tasks.daemon_arn,
                # Two daemons run every schedule twice (dagster#33962): the old one stops before the new one starts.
                desired_count=1,
                # The clock changes the count, or you do while a database is restored: an apply must not start a daemon.
                scaled=True,
                minimum_healthy_percent=0,
                maximum_percent=100,
                target=None,
                depends_on=allowed,
            ),
        )
        if settings.web.is_scaled or hours:
            ServiceScaling(
                self,
                "web-scaling",
                ServiceScalingProps(
                    cluster=settings.existing.cluster,
                    service=web_service.service,
                    min_count=settings.web.desired_count,
                    max_count=settings.web.most,
                    hours=hours,
                ),
            )
        if hours:
            ServiceScaling(
                self,
                "daemon-scaling",
                ServiceScalingProps(
                    cluster=settings.existing.cluster,
                    service=daemon_service.service,
                    min_count=1,
                    max_count=1,  # never two
                    hours=hours,
                ),
            )
        watch(self, settings, base, platform.cluster_arn, routing.target_group_suffix)
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
