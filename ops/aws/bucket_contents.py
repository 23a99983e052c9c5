"""The contents of a versioned bucket: objects, their older versions, and delete markers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ops.console.errors import OperatorError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

A_CALL = 1000  # the limit of ListObjectVersions and of DeleteObjects


def first_page(s3: S3Client, bucket: str) -> int:
    """How many versions and markers there are, at most a thousand; 0 if there is no such bucket."""
    return len(next(_pages(s3, bucket), []))


def empty(s3: S3Client, bucket: str, report: Callable[[str], None]) -> None:
    """Delete every version and every marker, for good, and report the number after each thousand."""
    gone = 0
    for page in _pages(s3, bucket):
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": page, "Quiet": True})
        if answer.get("Errors"):
            refused = answer["Errors"][0]
            raise OperatorError(
                f"S3 does not delete {refused.get('Key')} in {bucket}: {refused.get('Message')}. {gone} versions are "
                "deleted so far; run it again once that is fixed."
            )
        gone += len(page)
        report(f"{bucket}: {gone} versions and markers deleted")


def _pages(s3: S3Client, bucket: str) -> Iterator[list[ObjectIdentifierTypeDef]]:
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": A_CALL})
    try:
        for page in pages:
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            if found:
                yield [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
    except s3.exceptions.NoSuchBucket:
        return
