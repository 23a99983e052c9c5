"""The network that the guide assumes: VPC and subnets by tag, in two zones, with a way in and a way out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ops.checking.deployed.network import ZONES
from ops.checking.prerequisites.account import Account
from ops.console.finding import Finding, failed, ok

ANYWHERE = "0.0.0.0/0"
# How a route leaves a private subnet: a NAT gateway, a NAT instance's interface, or a transit gateway.
WAYS_OUT = ("NatGatewayId", "NetworkInterfaceId", "TransitGatewayId")


def vpc(account: Account) -> Finding:
    """One, by its Name tag."""
    name = account.settings.existing.vpc_name
    if account.vpc_id:
        return ok(account.vpc_id)
    return failed(
        f"not exactly one VPC has the tag Name={name}",
        f"aws ec2 create-tags --resources vpc-... --tags Key=Name,Value={name}; or `existing: vpc_name:` names another",
    )


def subnets(account: Account, kind: str) -> Finding:
    """By their Type tag, in two zones."""
    found = account.subnets(kind)
    zones = sorted({subnet["AvailabilityZone"] for subnet in found})
    if len(zones) >= ZONES:
        return ok(f"{len(found)} in {', '.join(zones)}")
    return failed(
        f"{len(found)} in {', '.join(zones) or 'no zone'}, and two zones are needed",
        f"aws ec2 create-tags --resources subnet-... --tags Key=Type,Value={kind}, for one in each of two zones",
    )


def way_in(account: Account) -> Finding:
    """Public subnets lead to an internet gateway: the load balancer answers through it."""
    without = lacking_route(account.subnets("public"), account.route_tables(), ("GatewayId",), "igw-")
    if not without:
        return ok("every public subnet leads to an internet gateway")
    return failed(
        f"{', '.join(without)}: tagged public, without a route to an internet gateway",
        f"aws ec2 create-route --route-table-id rtb-... --destination-cidr-block {ANYWHERE} --gateway-id igw-...",
    )


def way_out(account: Account) -> Finding:
    """Private subnets lead out: to the registry, SSM, logs, the database, Snowflake."""
    without = lacking_route(account.subnets("private"), account.route_tables(), WAYS_OUT)
    if not without:
        return ok("every private subnet leads out by NAT")
    return failed(
        f"{', '.join(without)}: tagged private, without a route to a NAT gateway, so tasks reach nothing",
        f"aws ec2 create-route --route-table-id rtb-... --destination-cidr-block {ANYWHERE} --nat-gateway-id nat-...",
    )


def lacking_route(of: Iterable[Any], tables: Sequence[Any], targets: Sequence[str], prefix: str = "") -> list[str]:
    """The subnets whose route table sends nothing to such a target; a subnet without one uses the VPC's main table."""
    tables_of = {
        association["SubnetId"]: table
        for table in tables
        for association in table["Associations"]
        if "SubnetId" in association
    }
    main: Any = next((table for table in tables if any(a.get("Main") for a in table["Associations"])), {"Routes": []})
    return [
        subnet["SubnetId"]
        for subnet in of
        if not any(
            route.get("DestinationCidrBlock") == ANYWHERE
            and (route.get(target) or "").startswith(prefix)
            and route.get("State", "active") == "active"  # a deleted gateway's route stays, as a blackhole
            for route in tables_of.get(subnet["SubnetId"], main)["Routes"]
            for target in targets
            if route.get(target)
        )
    ]
