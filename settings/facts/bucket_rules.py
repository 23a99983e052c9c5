"""What a bucket allows and how long it keeps what, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from settings.facts.statements import Document, document

ACCESS_LOGS = "AWSLogs"  # the folder that the load balancer writes to
# Dagster writes there: compute_logs in dagster/dagster.yaml, PREFIX in dagster/asset_manager/storage.py.
COMPUTE_LOGS, IO_ARTIFACTS = "compute-logs", "io"
LOG_DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class Keep:
    """How long objects below a prefix stay as they are, in days; then they go, or move to cheaper storage."""

    id: str
    prefix: str
    expire_after_days: int | None = None
    tier_after_days: int | None = None


def bucket_policy(arn: str, allow: Sequence[Document]) -> Document:
    """Whoever asks by plain HTTP is refused, whatever else allows it."""
    plain_http: Document = {
        "Sid": "RefusePlainHttp",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return document(plain_http, *allow)


def access_log_delivery(arn: str, account_id: str) -> Document:
    """Let the load balancers of one account put their access logs below its AWSLogs folder.

    One service principal for every region; an account for each region, as before August 2022, is what it replaces.
    The path says whose load balancer it is: a log goes to AWSLogs/<its account>. AWS documents no aws:SourceAccount or
    aws:SourceArn for this delivery, and a condition on a key that is not sent would refuse every log. https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    """
    return {
        "Sid": "WriteAccessLogs",
        "Effect": "Allow",
        "Principal": {"Service": LOG_DELIVERY},
        "Action": "s3:PutObject",
        "Resource": f"{arn}/{ACCESS_LOGS}/{account_id}/*",
    }
