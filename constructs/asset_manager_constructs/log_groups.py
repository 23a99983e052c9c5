"""One CloudWatch log group for each kind of task."""

from __future__ import annotations

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from constructs import Construct


@dataclass(frozen=True, kw_only=True)
class LogGroupsProps:
    """Names are literal: `/x` and `x` are two groups, and ours have no leading slash."""

    web: str
    daemon: str
    runs: str
    retention_days: int


class LogGroups(Construct):
    """They exist before a task starts: the execution role may not create groups."""

    def __init__(self, scope: Construct, id_: str, props: LogGroupsProps) -> None:
        super().__init__(scope, id_)
        days = props.retention_days
        self.web = CloudwatchLogGroup(self, "web", name=props.web, retention_in_days=days).name
        self.daemon = CloudwatchLogGroup(self, "daemon", name=props.daemon, retention_in_days=days).name
        self.runs = CloudwatchLogGroup(self, "runs", name=props.runs, retention_in_days=days).name
