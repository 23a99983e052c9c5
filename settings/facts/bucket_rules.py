"""The policies of buckets, their folders, and how long objects stay."""

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
    """After how many days objects below a prefix expire, or move to cheaper storage."""

    id: str
    prefix: str
    expire_after_days: int | None = None
    tier_after_days: int | None = None


def bucket_policy(arn: str, allow: Sequence[Document]) -> Document:
    """Refuse plain HTTP, whatever other policies allow."""
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

    One service principal serves every region; before August 2022 AWS had an account for each region. The path contains
    the account of the load balancer: AWSLogs/<account>. AWS documents no aws:SourceAccount or aws:SourceArn for this
    delivery, and a condition on a missing key would refuse every log.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    """
    return {
        "Sid": "WriteAccessLogs",
        "Effect": "Allow",
        "Principal": {"Service": LOG_DELIVERY},
        "Action": "s3:PutObject",
        "Resource": f"{arn}/{ACCESS_LOGS}/{account_id}/*",
    }
