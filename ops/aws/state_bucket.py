"""The configuration of Terraform's state bucket: versioned, encrypted, private, TLS only, old versions expire.

An existing bucket is adopted: its other settings stay, and so does its own encryption key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from settings.facts.arn import arn
from settings.facts.bucket_rules import bucket_policy

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.literals import BucketLocationConstraintType
    from mypy_boto3_s3.type_defs import PublicAccessBlockConfigurationTypeDef

# An older version restores a broken state; the newest ten stay however old they are.
OLD_STATES = {
    "ID": "old-states",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "NoncurrentVersionExpiration": {"NoncurrentDays": 90, "NewerNoncurrentVersions": 10},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
}
NOTHING_PUBLIC: PublicAccessBlockConfigurationTypeDef = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


@dataclass(frozen=True)
class Change:
    """A setting that a bucket lacks, and the call that makes it."""

    what: str
    make: Callable[[], object]


def ensure(s3: S3Client, bucket: str) -> list[str]:
    """Create the bucket if it is missing, make the settings that it lacks, and return their names."""
    _create(s3, bucket)
    made = []
    for change in changes(s3, bucket):
        change.make()
        made.append(change.what)
    return made


def changes(s3: S3Client, bucket: str) -> list[Change]:
    """Every setting that an existing bucket lacks; empty after `ensure`."""
    # The policy before the block: S3 refuses to store a policy that is public in part once BlockPublicPolicy is on.
    settings = (_versioning, _encryption, _policy, _public_access, _lifecycle)
    return [change for setting in settings for change in setting(s3, bucket)]


def policy(bucket: str) -> dict[str, object]:
    """Refuse plain HTTP; all other access is decided by IAM."""
    return bucket_policy(arn("s3", bucket), [])


def merged_policy(there: Mapping[str, Any], bucket: str) -> dict[str, Any]:
    """The existing policy, with the statements of `policy` added, or put in place of those with the same Sid."""
    found = there.get("Statement", [])
    statements: list[Any] = found if isinstance(found, list) else [found]
    for ours in cast("list[Any]", policy(bucket)["Statement"]):
        statements = _with(statements, ours, "Sid")
    return {**there, "Statement": statements}


def merged_rules(there: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The existing lifecycle rules, with OLD_STATES added, or put in place of the rule with the same ID."""
    return _with([_second_form(rule) for rule in there], OLD_STATES, "ID")


def _second_form(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    """A rule of the older form, rewritten with a Filter: S3 does not mix rules with Prefix and rules with Filter.

    https://github.com/aws/aws-sdk-ruby/issues/1653 ("Filter element can only be used in Lifecycle V2")
    """
    if "Prefix" not in rule:
        return rule
    return {key: value for key, value in rule.items() if key != "Prefix"} | {"Filter": {"Prefix": rule["Prefix"]}}


def _with(there: Sequence[Mapping[str, Any]], ours: Mapping[str, Any], key: str) -> list[Any]:
    """`ours` in place of the entry with the same `key`, or after the others."""
    if any(one.get(key) == ours[key] for one in there):
        return [ours if one.get(key) == ours[key] and _plain(one) != _plain(ours) else one for one in there]
    return [*there, ours]


def _plain(value: Any) -> Any:
    """A value to compare: IAM ignores the order of a list, and takes one string for a list of one."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return sorted(str(one) for one in (value if isinstance(value, list) else [value]))


def _versioning(s3: S3Client, bucket: str) -> list[Change]:
    if s3.get_bucket_versioning(Bucket=bucket).get("Status") == "Enabled":
        return []
    on = Change(
        "versioning",
        lambda: s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}),
    )
    return [on]


def _encryption(s3: S3Client, bucket: str) -> list[Change]:
    """Any existing default is kept: KMS's is stronger than AES256."""
    if _unless("ServerSideEncryptionConfigurationNotFoundError", lambda: dict(s3.get_bucket_encryption(Bucket=bucket))):
        return []
    rules: Any = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    return [
        Change(
            "default encryption",
            lambda: s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=rules),
        )
    ]


def _policy(s3: S3Client, bucket: str) -> list[Change]:
    found = _unless("NoSuchBucketPolicy", lambda: dict(s3.get_bucket_policy(Bucket=bucket)))
    there = json.loads(found["Policy"]) if found else policy(bucket) | {"Statement": []}
    wanted = merged_policy(there, bucket)
    if wanted == there or wanted["Statement"] == [there["Statement"]]:
        return []
    return [
        Change(
            "the policy's statement RefusePlainHttp",
            lambda: s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(wanted)),
        )
    ]


def _public_access(s3: S3Client, bucket: str) -> list[Change]:
    found = _unless(
        "NoSuchPublicAccessBlockConfiguration", lambda: dict(s3.get_public_access_block(Bucket=bucket))
    ).get("PublicAccessBlockConfiguration", {})
    lacking = [name for name in NOTHING_PUBLIC if not found.get(name)]
    if not lacking:
        return []
    return [
        Change(
            f"the public access block's {', '.join(lacking)}",
            lambda: s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=NOTHING_PUBLIC),
        )
    ]


def _lifecycle(s3: S3Client, bucket: str) -> list[Change]:
    found = _unless("NoSuchLifecycleConfiguration", lambda: dict(s3.get_bucket_lifecycle_configuration(Bucket=bucket)))
    there = found.get("Rules", [])
    wanted = merged_rules(there)
    if wanted == there:
        return []
    return [
        Change(
            f"the lifecycle rule {OLD_STATES['ID']}",
            lambda: s3.put_bucket_lifecycle_configuration(
                Bucket=bucket,
                LifecycleConfiguration={"Rules": wanted},
                # One value for all rules, which each call sets; this is S3's own default.
                TransitionDefaultMinimumObjectSize=found.get(
                    "TransitionDefaultMinimumObjectSize", "all_storage_classes_128K"
                ),
            ),
        )
    ]


def _unless(missing: str, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What S3 answers; empty if it answers with the error code `missing`."""
    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] != missing:
            raise
        return {}


def _create(s3: S3Client, bucket: str) -> None:
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != HTTPStatus.NOT_FOUND:
            raise
        region = s3.meta.region_name
        if region == "us-east-1":  # S3's first region, which it refuses as a constraint
            s3.create_bucket(Bucket=bucket)
        else:
            constraint = cast("BucketLocationConstraintType", region)
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": constraint})
