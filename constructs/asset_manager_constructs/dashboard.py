"""Is it well? At a glance: the alarms, then what they look at."""

from __future__ import annotations

import json

from cdktf_cdktf_provider_aws.cloudwatch_dashboard import CloudwatchDashboard
from constructs import Construct

from settings.facts.dashboard_body import DashboardProps, body


class Dashboard(Construct):
    """One CloudWatch dashboard."""

    def __init__(self, scope: Construct, id_: str, props: DashboardProps) -> None:
        super().__init__(scope, id_)
        CloudwatchDashboard(self, "dashboard", dashboard_name=props.name, dashboard_body=json.dumps(body(props)))
