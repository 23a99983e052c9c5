"""What moto's S3 lacks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.access_control import IAMPolicy
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

from local_aws.fields import assign
from local_aws.moto.patch import patch

IF_PLAIN_HTTP = {"Bool": {"aws:SecureTransport": "false"}}


@patch(FakeBucket, "get_permission")
def get_permission(moto: Callable[..., Any], bucket: FakeBucket, action: str, resource: str) -> Any:
    """S3 bucket policies: moto applies a statement whatever its Condition says.

    A request comes over the loopback here and counts as one by TLS, so a statement for plain HTTP applies to none.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-securetransport
    """
    if bucket.policy is None:
        return moto(bucket, action, resource)
    policy = json.loads(bucket.policy)
    applying = [one for one in policy["Statement"] if one.get("Condition") != IF_PLAIN_HTTP]
    return IAMPolicy(json.dumps(policy | {"Statement": applying})).is_action_permitted(action, resource)


@patch(FakeBucket, "set_lifecycle")
def set_lifecycle(moto: Callable[..., None], bucket: FakeBucket, rules: list[dict[str, Any]]) -> None:
    """S3 PutBucketLifecycleConfiguration: moto forgets how many of the newest old versions stay.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_NoncurrentVersionExpiration.html
    """
    moto(bucket, rules)
    for kept, given in zip(bucket.rules, rules, strict=True):
        assign(kept, {"newest": (given.get("NoncurrentVersionExpiration") or {}).get("NewerNoncurrentVersions")})


@patch(S3Response, "serialized")
def serialized(moto: Callable[..., Any], response: S3Response, answer: ActionResult) -> Any:
    """S3 GetBucketLifecycleConfiguration: return what `set_lifecycle` keeps."""
    answered: object = answer.result  # or the error that says there is none
    if response.data.get("Action") == "GetBucketLifecycleConfiguration" and isinstance(answered, dict):
        kept = response.backend.get_bucket_lifecycle(response.bucket_name)
        for rule, one in zip(kept, answered["Rules"], strict=True):
            if newest := getattr(rule, "newest", None):
                one["NoncurrentVersionExpiration"]["NewerNoncurrentVersions"] = int(newest)
    return moto(response, answer)
