"""The bucket for the load balancer's access logs."""

from __future__ import annotations

from dataclasses import dataclass

from constructs import Construct

from asset_manager_constructs.private_bucket import PrivateBucket, PrivateBucketProps
from asset_manager_constructs.waivers import waive
from settings.facts.arn import arn
from settings.facts.bucket_rules import ACCESS_LOGS, Keep, access_log_delivery


@dataclass(frozen=True, kw_only=True)
class AccessLogsProps:
    """The load balancers of `account_id` may write; they and the bucket are in one region."""

    bucket: str
    account_id: str
    retention_days: int


class AccessLogs(Construct):
    """A user of `bucket` depends on the policy that lets AWS write. The tasks' logs are in CloudWatch instead."""

    def __init__(self, scope: Construct, id_: str, props: AccessLogsProps) -> None:
        super().__init__(scope, id_)
        logs = PrivateBucket(
            self,
            "Default",
            PrivateBucketProps(
                bucket=props.bucket,
                kms_key_arn=None,  # the delivery of access logs supports SSE-S3 only
                keep=[Keep(id="access-logs", prefix=f"{ACCESS_LOGS}/", expire_after_days=props.retention_days)],
                allow=[access_log_delivery(arn("s3", props.bucket), props.account_id)],
            ),
        )
        waive(logs.bucket, "CKV_AWS_145", "the load balancer cannot write to a bucket that is encrypted with a KMS key")
        # AWS writes a test object when access logs are switched on, and refuses to switch them on if it cannot.
        self.bucket = logs.policy_bucket
