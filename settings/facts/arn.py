"""How an ARN is written. Settings accept regions of the partition `aws` only."""

from __future__ import annotations


def arn(service: str, resource: str, region: str = "", account_id: str = "") -> str:
    """Return an ARN; IAM has no region, and S3 and Route53 have neither region nor account in theirs."""
    return f"arn:aws:{service}:{region}:{account_id}:{resource}"
