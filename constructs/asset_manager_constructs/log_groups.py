"""A CloudWatch log group for each kind of task."""

from __future__ import annotations

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from constructs import Construct

from asset_manager_constructs.waivers import waive

DAYS_OF_A_YEAR = 365


@dataclass(frozen=True, kw_only=True)
class LogGroupsProps:
    """Names are literal: `/x` and `x` are two groups. The policy of the key has to let CloudWatch Logs use it."""

    web: str
    daemon: str
    runs: str
    retention_days: int
    kms_key_arn: str | None


class LogGroups(Construct):
    """The groups exist before a task starts, because the execution role may not create any."""

    def __init__(self, scope: Construct, id_: str, props: LogGroupsProps) -> None:
        super().__init__(scope, id_)
        self.web = self._group("web", props.web, props)
        self.daemon = self._group("daemon", props.daemon, props)
        self.runs = self._group("runs", props.runs, props)

    def _group(self, id_: str, name: str, props: LogGroupsProps) -> str:
        group = CloudwatchLogGroup(
            self, id_, name=name, retention_in_days=props.retention_days, kms_key_id=props.kms_key_arn
        )
        if props.retention_days < DAYS_OF_A_YEAR:
            waive(
                group,
                "CKV_AWS_338",
                "a run's history is in Dagster's event log; how long its text stays is a setting",
            )
        if props.kms_key_arn is None:
            waive(group, "CKV_AWS_158", "encrypted by CloudWatch's key; a key of one's own is the setting kms_key_arn")
        return group.name
