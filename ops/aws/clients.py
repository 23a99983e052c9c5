"""The one factory of boto3 clients: with timeouts and retries, and without a proxy for an endpoint on this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_acm import ACMClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient

ATTEMPTS = 5
# Waiting for a deployment sends hundreds of requests, and ECS throttles a busy account: one that is throttled must not
# end the wait. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
ECS_ATTEMPTS = 10


def is_loopback(url: str) -> bool:
    """Whether the host is this machine, as every name below localhost is (RFC 6761)."""
    host = urlsplit(url).hostname or ""
    return host in {"127.0.0.1", "localhost", "::1"} or host.endswith(".localhost")


def session_of_key(region: str, access_key_id: str, secret_access_key: str) -> boto3.Session:
    """A session that holds this key alone and reads no profile."""
    # Variables by name: key in the file, key in the environment, value, conversion. So AWS_PROFILE is not read.
    core = botocore.session.Session({"profile": (None, None, None, None)})
    core.set_config_variable("config_file", os.devnull)
    core.set_config_variable("credentials_file", os.devnull)
    return boto3.Session(access_key_id, secret_access_key, region_name=region, botocore_session=core)


@dataclass(frozen=True, kw_only=True)
class Clients:
    """The clients of one session, each created once; `endpoint` is None for AWS itself."""

    session: boto3.Session
    endpoint: str | None

    @classmethod
    def of_shell(cls, region: str) -> Clients:
        """Clients for the AWS that this shell's AWS_* variables name."""
        return Clients(session=boto3.Session(region_name=region), endpoint=os.environ.get("AWS_ENDPOINT_URL"))

    @cached_property
    def acm(self) -> ACMClient:
        return self._client("acm")  # type: ignore[no-any-return]

    @cached_property
    def cloudwatch(self) -> Any:
        return self._client("cloudwatch")

    @cached_property
    def ec2(self) -> EC2Client:
        return self._client("ec2")  # type: ignore[no-any-return]

    @cached_property
    def ecr(self) -> ECRClient:
        return self._client("ecr")  # type: ignore[no-any-return]

    @cached_property
    def ecs(self) -> ECSClient:
        return self._client("ecs", ECS_ATTEMPTS)  # type: ignore[no-any-return]

    @cached_property
    def elbv2(self) -> ElasticLoadBalancingv2Client:
        return self._client("elbv2")  # type: ignore[no-any-return]

    @cached_property
    def iam(self) -> IAMClient:
        return self._client("iam")  # type: ignore[no-any-return]

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        return self._client("logs")  # type: ignore[no-any-return]

    @cached_property
    def route53(self) -> Route53Client:
        return self._client("route53")  # type: ignore[no-any-return]

    @cached_property
    def s3(self) -> S3Client:
        return self._client("s3")  # type: ignore[no-any-return]

    @cached_property
    def secretsmanager(self) -> Any:
        return self._client("secretsmanager")

    @cached_property
    def ssm(self) -> SSMClient:
        return self._client("ssm")  # type: ignore[no-any-return]

    @cached_property
    def sts(self) -> STSClient:
        return self._client("sts")  # type: ignore[no-any-return]

    @cached_property
    def tagging(self) -> Any:
        return self._client("resourcegroupstaggingapi")

    def _client(self, service: Any, attempts: int = ATTEMPTS) -> Any:
        on_this_machine = self.endpoint is not None and is_loopback(self.endpoint)
        config = Config(
            connect_timeout=5,
            read_timeout=30,
            retries={"mode": "standard", "total_max_attempts": attempts},
            proxies={} if on_this_machine else None,
        )
        return self.session.client(service, endpoint_url=self.endpoint, config=config)
