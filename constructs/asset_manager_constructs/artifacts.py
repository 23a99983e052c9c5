"""The bucket for compute logs and IO artifacts."""

from __future__ import annotations

from dataclasses import dataclass

from constructs import Construct

from asset_manager_constructs.private_bucket import PrivateBucket, PrivateBucketProps
from asset_manager_constructs.waivers import waive
from settings.facts.bucket_rules import COMPUTE_LOGS, IO_ARTIFACTS, Keep

# What a schedule reads every day stays in the fastest storage. By default S3 moves no object below 128 KB, because the
# move would cost more than it saves (all_storage_classes_128K in PutBucketLifecycleConfiguration).
DAYS_BEFORE_TIERING = 30


@dataclass(frozen=True, kw_only=True)
class ArtifactsProps:
    """The name of a bucket is unique in all of AWS, so it is a setting."""

    bucket: str
    kms_key_arn: str | None
    log_retention_days: int


class Artifacts(Construct):
    """A private bucket: compute logs expire when lines of log groups do, artifacts never expire."""

    def __init__(self, scope: Construct, id_: str, props: ArtifactsProps) -> None:
        super().__init__(scope, id_)
        data = PrivateBucket(
            self,
            "Default",  # cdktf leaves this id out of names, so the bucket stays artifacts_bucket
            PrivateBucketProps(
                bucket=props.bucket,
                kms_key_arn=props.kms_key_arn,
                keep=[
                    Keep(id="compute-logs", prefix=f"{COMPUTE_LOGS}/", expire_after_days=props.log_retention_days),
                    Keep(id="io-artifacts", prefix=f"{IO_ARTIFACTS}/", tier_after_days=DAYS_BEFORE_TIERING),
                ],
            ),
        )
        if props.kms_key_arn is None:
            waive(data.bucket, "CKV_AWS_145", "S3's own key by default; a key of one's own is the setting kms_key_arn")
        self.bucket = data.bucket.bucket
        self.bucket_arn = data.bucket.arn
