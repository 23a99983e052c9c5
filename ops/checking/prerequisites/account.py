"""The account that is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3

from settings.load import Settings


@dataclass(frozen=True)
class Account:
    """The AWS that this shell's variables name, for one environment."""

    settings: Settings
    environ: Mapping[str, str]

    def client(self, service: Any) -> Any:
        """Of a service by its name; AWS_ENDPOINT_URL has its say."""
        return boto3.client(service, region_name=self.settings.region)

    @cached_property
    def vpc_id(self) -> str | None:
        """The VPC of that name, if there is just one."""
        wanted = [{"Name": "tag:Name", "Values": [self.settings.existing.vpc_name]}]
        found = self.client("ec2").describe_vpcs(Filters=wanted)["Vpcs"]
        return found[0]["VpcId"] if len(found) == 1 else None

    def subnets(self, kind: str) -> list[Any]:
        """Those of the VPC with that Type tag."""
        wanted = [{"Name": "vpc-id", "Values": [self.vpc_id]}, {"Name": "tag:Type", "Values": [kind]}]
        return list(self.client("ec2").describe_subnets(Filters=wanted)["Subnets"])

    def route_tables(self) -> list[Any]:
        """Those of the VPC."""
        wanted = [{"Name": "vpc-id", "Values": [self.vpc_id]}]
        return list(self.client("ec2").describe_route_tables(Filters=wanted)["RouteTables"])
