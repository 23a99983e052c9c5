"""The deployment that is looked at: its settings, the AWS it is on, and where its web server answers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from ops.dagster_api.web import Web, is_loopback
from ops.dagster_api.within import Within
from ops.local import environment as local_environment
from settings.load import Settings

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_ssm import SSMClient


def default_url(settings: Settings, endpoint: str | None) -> str:
    """Where the web server answers: the laptop's front, or the name that users open."""
    if endpoint and is_loopback(endpoint):
        return local_environment.web_url(settings.environment, local_environment.ports())
    return f"https://{settings.dns.host}"


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One environment on one AWS; `endpoint` is None for the real one, `environ` is what a program of ours is given."""

    settings: Settings
    session: boto3.Session
    endpoint: str | None
    url: str
    environ: Mapping[str, str]

    @classmethod
    def of_shell(cls, settings: Settings, url: str | None) -> Deployment:
        """On the AWS that this shell's variables name."""
        endpoint = os.environ.get("AWS_ENDPOINT_URL")
        return cls(
            settings=settings,
            session=boto3.Session(region_name=settings.region),
            endpoint=endpoint,
            url=url or default_url(settings, endpoint),
            environ=os.environ,
        )

    @cached_property
    def web(self) -> Web:
        """Its web server; asked from within, where it is behind sign-in."""
        return Web(self.url, through_proxy=not is_loopback(self.url), within=Within(self))

    @cached_property
    def web_from_here(self) -> Web:
        """The same without that: it answers soon, or not at all."""
        return Web(self.url, through_proxy=not is_loopback(self.url))

    @cached_property
    def ecs(self) -> ECSClient:
        """ECS."""
        return self._client("ecs")  # type: ignore[no-any-return]

    @cached_property
    def cloudwatch(self) -> Any:
        """CloudWatch, for the alarms."""
        return self._client("cloudwatch")

    @cached_property
    def ec2(self) -> EC2Client:
        """EC2, for the network."""
        return self._client("ec2")  # type: ignore[no-any-return]

    @cached_property
    def elbv2(self) -> ElasticLoadBalancingv2Client:
        """Elastic Load Balancing."""
        return self._client("elbv2")  # type: ignore[no-any-return]

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        """CloudWatch Logs."""
        return self._client("logs")  # type: ignore[no-any-return]

    @cached_property
    def route53(self) -> Route53Client:
        """Route53."""
        return self._client("route53")  # type: ignore[no-any-return]

    @cached_property
    def s3(self) -> S3Client:
        """S3."""
        return self._client("s3")  # type: ignore[no-any-return]

    @cached_property
    def ssm(self) -> SSMClient:
        """SSM, for the parameters."""
        return self._client("ssm")  # type: ignore[no-any-return]

    def _client(self, service: Any) -> Any:
        # An inherited proxy does not reach this machine.
        proxies: dict[str, str] | None = {} if self.endpoint and is_loopback(self.endpoint) else None
        config = Config(
            connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5}, proxies=proxies
        )
        return self.session.client(service, endpoint_url=self.endpoint, config=config)
