"""The CloudWatch dashboard: the alarms first, then the metrics that they watch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.cloudwatch_dashboard import CloudwatchDashboard
from constructs import Construct

from settings.facts.alarm_rules import Watched
from settings.facts.dashboard_body import dashboard_body


@dataclass(frozen=True, kw_only=True)
class DashboardProps:
    """`cluster` and `services` are names of ECS's."""

    name: str
    region: str
    cluster: str
    services: Sequence[str]
    watched: Watched
    alarm_arns: Sequence[str]


class Dashboard(Construct):
    def __init__(self, scope: Construct, id_: str, props: DashboardProps) -> None:
        super().__init__(scope, id_)
        body = dashboard_body(
            region=props.region,
            cluster=props.cluster,
            services=props.services,
            watched=props.watched,
            alarm_arns=props.alarm_arns,
        )
        CloudwatchDashboard(self, "dashboard", dashboard_name=props.name, dashboard_body=json.dumps(body))
