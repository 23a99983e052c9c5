"""What bootstrap makes of what AWS says of an account."""

from __future__ import annotations

from typing import Any

import pytest

from ops.bootstrap.checks import judge_trust
from ops.bootstrap.network import WAYS_OUT, lacking_route

ACCOUNT = "111122223333"
ECS: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": {"Service": "ecs-tasks.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
PINNED = {"Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}


@pytest.mark.parametrize(
    ("statements", "status", "why"),
    [
        ([ECS | PINNED], "ok", "trusts ecs-tasks.amazonaws.com of 111122223333"),
        (ECS | PINNED, "ok", "trusts ecs-tasks.amazonaws.com of 111122223333"),
        ([ECS], "failed", "web trusts ecs-tasks.amazonaws.com whosever tasks they are"),
        ([ECS | PINNED, ECS], "failed", "web trusts ecs-tasks.amazonaws.com whosever tasks they are"),
        (
            [ECS | {"Condition": {"StringEquals": {"aws:SourceAccount": "999999999999"}}}],
            "failed",
            "web trusts ecs-tasks.amazonaws.com whosever tasks they are",
        ),
        (
            [ECS | PINNED | {"Principal": {"Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]}}],
            "ok",
            "trusts ecs-tasks.amazonaws.com of 111122223333",
        ),
        (
            [ECS | {"Principal": {"Service": "ec2.amazonaws.com"}}],
            "failed",
            "web does not trust ecs-tasks.amazonaws.com",
        ),
        ([ECS | PINNED | {"Effect": "Deny"}], "failed", "web does not trust ecs-tasks.amazonaws.com"),
        ([], "failed", "web does not trust ecs-tasks.amazonaws.com"),
    ],
)
def test_a_roles_trust_is_ecs_tasks_of_this_account(statements: Any, status: str, why: str) -> None:
    found = judge_trust("web", {"Statement": statements}, ACCOUNT)
    assert (found.status, found.why) == (status, why)
    assert ("update-assume-role-policy --role-name web" in found.next) is (status == "failed")


def table(route: dict[str, str], *subnets: str, main: bool = False) -> dict[str, Any]:
    associations: list[dict[str, object]] = [{"SubnetId": subnet, "Main": False} for subnet in subnets]
    return {"Associations": [*associations, *([{"Main": True}] if main else [])], "Routes": [route]}


NAT = {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"}
TRANSIT = {"DestinationCidrBlock": "0.0.0.0/0", "TransitGatewayId": "tgw-1"}
INTERNET = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}
LOCAL = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ([table(NAT, "a", "b")], []),
        ([table(TRANSIT, "a"), table(NAT, "b")], []),
        ([table(NAT, "a"), table(INTERNET, "b")], ["b"]),
        ([table(NAT, "a"), table(LOCAL, main=True)], ["b"]),
        ([table(LOCAL, "a"), table(NAT, main=True)], ["a"]),
        ([table(NAT | {"DestinationCidrBlock": "10.1.0.0/16"}, "a", "b")], ["a", "b"]),
        ([], ["a", "b"]),
    ],
)
def test_a_private_subnet_needs_a_route_out_of_its_own_table_or_the_main_one(
    tables: list[dict[str, Any]], expected: list[str]
) -> None:
    assert lacking_route([{"SubnetId": "a"}, {"SubnetId": "b"}], tables, WAYS_OUT) == expected


def test_a_public_subnet_needs_the_internet_gateway_and_no_other() -> None:
    virtual_private = INTERNET | {"GatewayId": "vgw-1"}
    tables = [table(INTERNET, "a"), table(virtual_private, "b"), table(NAT, "c")]
    subnets = [{"SubnetId": name} for name in "abc"]
    assert lacking_route(subnets, tables, ("GatewayId",), "igw-") == ["b", "c"]
