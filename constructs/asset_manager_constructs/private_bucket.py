"""A bucket that is encrypted, private, versioned, TLS only, and tidied up; every bucket of the deployment is one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import (
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
    S3BucketLifecycleConfigurationRuleExpiration,
    S3BucketLifecycleConfigurationRuleFilter,
    S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration,
    S3BucketLifecycleConfigurationRuleTransition,
)
from cdktf_cdktf_provider_aws.s3_bucket_ownership_controls import (
    S3BucketOwnershipControls,
    S3BucketOwnershipControlsRule,
)
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import S3BucketPublicAccessBlock
from cdktf_cdktf_provider_aws.s3_bucket_server_side_encryption_configuration import (
    S3BucketServerSideEncryptionConfigurationA,
    S3BucketServerSideEncryptionConfigurationRuleA,
    S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA,
)
from cdktf_cdktf_provider_aws.s3_bucket_versioning import S3BucketVersioningA, S3BucketVersioningVersioningConfiguration
from constructs import Construct

from asset_manager_constructs.waivers import waive
from settings.facts.bucket_rules import Keep, bucket_policy
from settings.facts.statements import Document

DAYS_TO_UNDO = 30  # an overwritten or deleted object can be restored for this long
DAYS_FOR_AN_UPLOAD = 7  # an unfinished upload costs storage until S3 aborts it


@dataclass(frozen=True, kw_only=True)
class PrivateBucketProps:
    """`allow` has the statements that the bucket policy adds to IAM; `keep` has the lifecycle rules."""

    bucket: str
    kms_key_arn: str | None
    keep: Sequence[Keep]
    allow: Sequence[Document] = ()


class PrivateBucket(Construct):
    """The bucket with its protection; a user of `policy_bucket`, which is its name, depends on its policy."""

    def __init__(self, scope: Construct, id_: str, props: PrivateBucketProps) -> None:
        super().__init__(scope, id_)
        # No force_destroy: `terraform destroy` fails as long as there is an object, or a version of one, in it.
        self.bucket = bucket = S3Bucket(self, "bucket", bucket=props.bucket)
        S3BucketServerSideEncryptionConfigurationA(
            self, "encryption", bucket=bucket.id, rule=[_encryption(props.kms_key_arn)]
        )
        private = S3BucketPublicAccessBlock(
            self,
            "private",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        S3BucketOwnershipControls(
            self,
            "ownership",
            bucket=bucket.id,
            rule=S3BucketOwnershipControlsRule(object_ownership="BucketOwnerEnforced"),  # no ACLs
        )
        versioning = S3BucketVersioningA(
            self,
            "versioning",
            bucket=bucket.id,
            versioning_configuration=S3BucketVersioningVersioningConfiguration(status="Enabled"),
        )
        S3BucketLifecycleConfiguration(
            self,
            "lifecycle",
            bucket=bucket.id,
            rule=[*map(_rule, props.keep), _tidy_up()],
            depends_on=[versioning],  # S3 accepts rules for noncurrent versions only if the bucket is versioned
        )
        policy = S3BucketPolicy(
            self,
            "policy",
            bucket=bucket.id,
            policy=json.dumps(bucket_policy(bucket.arn, props.allow)),
            depends_on=[private],  # S3 refuses two simultaneous changes of a bucket's access
        )
        self.policy_bucket = policy.bucket

        waive(bucket, "CKV_AWS_18", "who reads an object is for CloudTrail's data events to record, account by account")
        waive(bucket, "CKV_AWS_144", "a log, or what can be computed again: a copy in a second region is not worth it")
        waive(bucket, "CKV2_AWS_62", "nothing in this deployment acts on an object's arrival")


def _encryption(kms_key_arn: str | None) -> S3BucketServerSideEncryptionConfigurationRuleA:
    default = S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA
    if kms_key_arn is None:
        return S3BucketServerSideEncryptionConfigurationRuleA(
            apply_server_side_encryption_by_default=default(sse_algorithm="AES256")
        )
    return S3BucketServerSideEncryptionConfigurationRuleA(
        apply_server_side_encryption_by_default=default(sse_algorithm="aws:kms", kms_master_key_id=kms_key_arn),
        bucket_key_enabled=True,  # one call of KMS for many objects: KMS charges by the call
    )


def _rule(keep: Keep) -> S3BucketLifecycleConfigurationRule:
    return S3BucketLifecycleConfigurationRule(
        id=keep.id,
        status="Enabled",
        filter=[S3BucketLifecycleConfigurationRuleFilter(prefix=keep.prefix)],
        expiration=(
            [S3BucketLifecycleConfigurationRuleExpiration(days=keep.expire_after_days)]
            if keep.expire_after_days
            else None
        ),
        # Intelligent-Tiering and no archive class: a backfill reads old partitions, and here reading is free.
        transition=(
            [
                S3BucketLifecycleConfigurationRuleTransition(
                    days=keep.tier_after_days, storage_class="INTELLIGENT_TIERING"
                )
            ]
            if keep.tier_after_days
            else None
        ),
    )


def _tidy_up() -> S3BucketLifecycleConfigurationRule:
    """For the whole bucket: noncurrent versions, their delete markers, and unfinished uploads."""
    return S3BucketLifecycleConfigurationRule(
        id="tidy-up",
        status="Enabled",
        filter=[S3BucketLifecycleConfigurationRuleFilter(prefix="")],
        expiration=[S3BucketLifecycleConfigurationRuleExpiration(expired_object_delete_marker=True)],
        noncurrent_version_expiration=[
            S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(noncurrent_days=DAYS_TO_UNDO)
        ],
        abort_incomplete_multipart_upload=[
            S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(days_after_initiation=DAYS_FOR_AN_UPLOAD)
        ],
    )
