"""The bucket for the load balancer's access logs: who asked for what, when, and what the answer was."""

from __future__ import annotations

from dataclasses import dataclass

from constructs import Construct

from asset_manager_constructs.private_bucket import PrivateBucket, PrivateBucketProps
from asset_manager_constructs.waivers import waive
from settings.facts.arn import arn
from settings.facts.bucket_rules import ACCESS_LOGS, Keep, access_log_delivery


@dataclass(frozen=True, kw_only=True)
class AccessLogsProps:
    """`account_id` is whose load balancers may write; the bucket is in their region."""

    bucket: str
    account_id: str
    retention_days: int


class AccessLogs(Construct):
    """Not for the tasks' logs, which are in CloudWatch. Who uses `bucket` waits for the policy that lets AWS write."""

    def __init__(self, scope: Construct, id_: str, props: AccessLogsProps) -> None:
        super().__init__(scope, id_)
        made = PrivateBucket(
            self,
            "Default",
            PrivateBucketProps(
                bucket=props.bucket,
                kms_key_arn=None,  # the delivery of access logs knows SSE-S3 only, even where there is a key
                keep=[Keep(id="access-logs", prefix=f"{ACCESS_LOGS}/", expire_after_days=props.retention_days)],
                allow=[access_log_delivery(arn("s3", props.bucket), props.account_id)],
            ),
        )
        waive(made.bucket, "CKV_AWS_145", "the load balancer cannot write to a bucket that is encrypted with a KMS key")
        # AWS tries to write when access logs are switched on, and refuses them if it cannot.
        self.bucket = made.policy_bucket
