"""The existing network: VPC and subnets by tag, in two zones, with routes in and out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ops.checking.deployed.network import ZONES
from ops.console.finding import Finding, failed, ok

if TYPE_CHECKING:
    from ops.dagster_api.deployment import Deployment

ANYWHERE = "0.0.0.0/0"
# How a route leaves a private subnet: a NAT gateway, a NAT instance's interface, or a transit gateway.
WAYS_OUT = ("NatGatewayId", "NetworkInterfaceId", "TransitGatewayId")


def vpc(deployment: Deployment) -> Finding:
    """There is one VPC with the Name tag."""
    name = deployment.settings.existing.vpc_name
    if found := _vpc_id(deployment):
        return ok(found)
    return failed(
        f"not exactly one VPC has the tag Name={name}",
        f"aws ec2 create-tags --resources vpc-... --tags Key=Name,Value={name}; or `existing: vpc_name:` names another",
    )


def subnets(deployment: Deployment, kind: str) -> Finding:
    """The subnets with the Type tag are in two zones."""
    found = _subnets(deployment, kind)
    zones = sorted({subnet["AvailabilityZone"] for subnet in found})
    if len(zones) >= ZONES:
        return ok(f"{len(found)} in {', '.join(zones)}")
    return failed(
        f"{len(found)} in {', '.join(zones) or 'no zone'}, and two zones are needed",
        f"aws ec2 create-tags --resources subnet-... --tags Key=Type,Value={kind}, for one in each of two zones",
    )


def way_in(deployment: Deployment) -> Finding:
    """Public subnets have a route to an internet gateway, which the load balancer needs."""
    without = lacking_route(_subnets(deployment, "public"), _route_tables(deployment), ("GatewayId",), "igw-")
    if not without:
        return ok("every public subnet leads to an internet gateway")
    return failed(
        f"{', '.join(without)}: tagged public, without a route to an internet gateway",
        f"aws ec2 create-route --route-table-id rtb-... --destination-cidr-block {ANYWHERE} --gateway-id igw-...",
    )


def way_out(deployment: Deployment) -> Finding:
    """Private subnets have a route out, to the registry, SSM, logs, the database and Snowflake."""
    without = lacking_route(_subnets(deployment, "private"), _route_tables(deployment), WAYS_OUT)
    if not without:
        return ok("every private subnet leads out by NAT")
    return failed(
        f"{', '.join(without)}: tagged private, without a route to a NAT gateway, so tasks reach nothing",
        f"aws ec2 create-route --route-table-id rtb-... --destination-cidr-block {ANYWHERE} --nat-gateway-id nat-...",
    )


def lacking_route(of: Iterable[Any], tables: Sequence[Any], targets: Sequence[str], prefix: str = "") -> list[str]:
    """The subnets without a default route to such a target; a subnet without a table of its own has the main table."""
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


def _vpc_id(deployment: Deployment) -> str | None:
    """The VPC of that name, if there is exactly one."""
    name = deployment.settings.existing.vpc_name
    found = deployment.ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [name]}])["Vpcs"]
    return found[0]["VpcId"] if len(found) == 1 else None


def _subnets(deployment: Deployment, kind: str) -> list[Any]:
    wanted: list[Any] = [_of_the_vpc(deployment), {"Name": "tag:Type", "Values": [kind]}]
    return list(deployment.ec2.describe_subnets(Filters=wanted)["Subnets"])


def _route_tables(deployment: Deployment) -> list[Any]:
    return list(deployment.ec2.describe_route_tables(Filters=[_of_the_vpc(deployment)])["RouteTables"])


def _of_the_vpc(deployment: Deployment) -> Any:
    return {"Name": "vpc-id", "Values": [_vpc_id(deployment)]}
