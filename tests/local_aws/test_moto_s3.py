"""Additions to moto's S3."""

from __future__ import annotations

import json

import pytest

from .local_ecs import REGION, LocalEcs

BUCKET = "moto-additions"


@pytest.fixture(scope="module", autouse=True)
def bucket(local: LocalEcs) -> None:
    local.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})


def test_get_permission_takes_a_request_for_one_by_tls(local: LocalEcs) -> None:
    s3 = local.client("s3")
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
    }
    plain_http = {**statement, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [plain_http]}))
    s3.put_object(Bucket=BUCKET, Key="kept", Body=b"x")
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    try:
        with pytest.raises(s3.exceptions.ClientError, match="Forbidden"):
            s3.put_object(Bucket=BUCKET, Key="kept", Body=b"x")
    finally:
        s3.delete_bucket_policy(Bucket=BUCKET)


@pytest.mark.parametrize("newest", [None, 3])
def test_set_lifecycle_and_serialized_return_how_many_old_versions_stay(local: LocalEcs, newest: int | None) -> None:
    s3 = local.client("s3")
    expiration = {"NoncurrentDays": 30, **({"NewerNoncurrentVersions": newest} if newest else {})}
    rule = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "NoncurrentVersionExpiration": expiration}
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]})
    (found,) = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    assert found["NoncurrentVersionExpiration"] == expiration


def test_serialized_leaves_the_error_of_a_bucket_without_rules(local: LocalEcs) -> None:
    s3 = local.client("s3")
    s3.delete_bucket_lifecycle(Bucket=BUCKET)
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)
