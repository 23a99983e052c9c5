"""The bucket for compute logs and IO artifacts."""

from __future__ import annotations

from dataclasses import dataclass

from constructs import Construct

from asset_manager_constructs.private_bucket import PrivateBucket, PrivateBucketProps
from asset_manager_constructs.waivers import waive
from settings.facts.bucket_rules import COMPUTE_LOGS, IO_ARTIFACTS, Keep

# What a schedule still reads every day stays where reading is fastest. S3 moves nothing below 128 KB, by default: the
# move would cost more than it saves. (all_storage_classes_128K in PutBucketLifecycleConfiguration.)
DAYS_BEFORE_TIERING = 30


@dataclass(frozen=True, kw_only=True)
class ArtifactsProps:
    """A bucket's name is unique in all of AWS, so it is a setting and not derived blindly."""

    bucket: str
    kms_key_arn: str | None
    log_retention_days: int


class Artifacts(Construct):
    """One bucket that nobody outside the account can read; compute logs go as log groups do, artifacts stay."""

    def __init__(self, scope: Construct, id_: str, props: ArtifactsProps) -> None:
        super().__init__(scope, id_)
        made = PrivateBucket(
            self,
            "Default",  # an id that cdktf leaves out of names, so the bucket is artifacts_bucket as ever
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
            waive(made.bucket, "CKV_AWS_145", "S3's own key by default; a key of one's own is the setting kms_key_arn")
        self.bucket = made.bucket.bucket
        self.bucket_arn = made.bucket.arn
