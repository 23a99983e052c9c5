"""The bucket for compute logs and IO artifacts."""

from __future__ import annotations

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import S3BucketPublicAccessBlock
from cdktf_cdktf_provider_aws.s3_bucket_server_side_encryption_configuration import (
    S3BucketServerSideEncryptionConfigurationA,
    S3BucketServerSideEncryptionConfigurationRuleA,
    S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA,
)
from constructs import Construct


@dataclass(frozen=True, kw_only=True)
class ArtifactsProps:
    """A bucket's name is unique in all of AWS, so it is a setting and not derived blindly."""

    bucket: str


class Artifacts(Construct):
    """One encrypted bucket that nobody outside the account can read."""

    def __init__(self, scope: Construct, id_: str, props: ArtifactsProps) -> None:
        super().__init__(scope, id_)
        bucket = S3Bucket(self, "bucket", bucket=props.bucket)
        S3BucketServerSideEncryptionConfigurationA(
            self,
            "encryption",
            bucket=bucket.id,
            rule=[
                S3BucketServerSideEncryptionConfigurationRuleA(
                    apply_server_side_encryption_by_default=(
                        S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
                            sse_algorithm="AES256"
                        )
                    )
                )
            ],
        )
        S3BucketPublicAccessBlock(
            self,
            "private",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        self.bucket = bucket.bucket
        self.bucket_arn = bucket.arn
