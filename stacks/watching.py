"""The alarms and the dashboard of one deployment."""

from __future__ import annotations

from cdktf import TerraformStack

from asset_manager_constructs.alarms import Alarms, AlarmsProps
from asset_manager_constructs.dashboard import Dashboard, DashboardProps
from settings.facts.alarm_rules import Watched
from settings.facts.arns import Arns
from settings.load import Settings
from stacks.base import BaseOutputs


def watch(
    stack: TerraformStack, settings: Settings, base: BaseOutputs, cluster_arn: str, target_group_suffix: str
) -> None:
    """Create both in the stack; CloudWatch identifies load balancers and target groups by the suffix of their ARN."""
    names = settings.names
    watched = Watched(
        namespace=f"AssetManager/{settings.name}",
        load_balancer=base.alb_arn_suffix,
        target_group=target_group_suffix,
        daemon_log_group=base.daemon_log_group,
        always_on=settings.office_hours is None,
    )
    alarms = Alarms(
        stack,
        "alarms",
        AlarmsProps(
            app=settings.name,
            topic=names.alarm_topic,
            account_id=settings.account_id,
            email=settings.alarm_email,
            kms_key_arn=settings.kms_key_arn,
            log_groups={"web": base.web_log_group, "daemon": base.daemon_log_group, "runs": base.run_log_group},
            watched=watched,
            cluster_arn=cluster_arn,
            run_family=names.run_family,
            service_arns=Arns(settings).services,
        ),
    )
    Dashboard(
        stack,
        "dashboard",
        DashboardProps(
            name=settings.name,
            region=settings.region,
            cluster=settings.existing.cluster,
            services=[names.web_service, names.daemon_service],
            watched=watched,
            alarm_arns=alarms.arns,
        ),
    )
