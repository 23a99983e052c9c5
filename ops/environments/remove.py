"""`asset-manager env remove`: deletes an environment's file if nothing of it is deployed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ops.aws.clients import Clients
from ops.console.errors import HoldsDataError, LockHeldError
from ops.terraform.workspace import check_credentials
from settings.load import load
from settings.names import STACKS
from settings.side_by_side import DIRECTORY

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def remove(name: str) -> None:
    """Delete the file and nothing else; raise if the environment is deployed."""
    settings = load(name)
    check_credentials(settings)
    s3 = Clients.of_shell(settings.region).s3
    for stack in STACKS:
        key = settings.state_key(stack)
        if _stored(s3, settings.state_bucket, f"{key}.tflock") is not None:
            raise LockHeldError(
                f"somebody works on {stack} of {name}: s3://{settings.state_bucket}/{key}.tflock is there. "
                "Nothing was removed. Wait until they are done."
            )
        state = _stored(s3, settings.state_bucket, key)
        resources = [each for each in json.loads(state or "{}").get("resources", ()) if each["mode"] == "managed"]
        if resources:
            raise HoldsDataError(
                f"{name} is deployed: the state of {stack} has {len(resources)} resources, which nobody could find "
                f"without environments/{name}.yaml. Destroy them first: asset-manager destroy -e {name}"
            )
    (DIRECTORY / f"{name}.yaml").unlink()
    print(f"environments/{name}.yaml is removed; its database and its Snowflake schema are still there.")


def _stored(s3: S3Client, bucket: str, key: str) -> str | None:
    """Return the text of an object, or None if the object or the bucket does not exist."""
    try:
        return str(s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode())
    except (s3.exceptions.NoSuchKey, s3.exceptions.NoSuchBucket):
        return None
