"""What bootstrap makes of what AWS says of an account."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from ops.checking.prerequisites.network import WAYS_OUT, lacking_route
from ops.checking.prerequisites.trust import corrected, judge_trust, missing
from settings.facts.policies import ecs_trust

ACCOUNT, REGION = "111122223333", "us-west-1"
OURS = ecs_trust(ACCOUNT, REGION)
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
        ([ECS], "failed", "web trusts ecs-tasks.amazonaws.com for every account's tasks"),
        ([ECS | PINNED, ECS], "failed", "web trusts ecs-tasks.amazonaws.com for every account's tasks"),
        (
            [ECS | {"Condition": {"StringEquals": {"aws:SourceAccount": "999999999999"}}}],
            "failed",
            "web trusts ecs-tasks.amazonaws.com for every account's tasks",
        ),
        *[
            ([ECS | {"Condition": condition}], "failed", "web trusts ecs-tasks.amazonaws.com for every account's tasks")
            for condition in (
                {"StringNotEquals": {"aws:SourceAccount": ACCOUNT}},
                {"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}},
                {"StringEquals": {"aws:SourceAccount": [ACCOUNT, "999999999999"]}},
                {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
                {"ArnLike": {"aws:SourceArn": f"arn:aws:ecs:*:*:task/{ACCOUNT}"}},
                {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:*:{ACCOUNT}:*"}},
                {"StringLike": {"aws:SourceArn": "*"}},
                {"ForAnyValue:StringEquals": {"aws:SourceAccount": ACCOUNT}},
            )
        ],
        (
            [ECS | {"Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:ecs:*:{ACCOUNT}:*"}}}],
            "ok",
            "trusts ecs-tasks.amazonaws.com of 111122223333",
        ),
        ([ECS | PINNED | {"Effect": "Deny"}], "failed", "web does not trust ecs-tasks.amazonaws.com"),
        ([], "failed", "web does not trust ecs-tasks.amazonaws.com"),
    ],
)
def test_a_roles_trust_is_ecs_tasks_of_this_account(statements: Any, status: str, why: str) -> None:
    found = judge_trust("web", {"Statement": statements}, ACCOUNT, REGION)
    assert (found.status, found.why) == (status, why)
    if status == "ok":
        assert not found.next
        return
    *command, document = shlex.split(found.next)
    assert command == ["aws", "iam", "update-assume-role-policy", "--role-name", "web", "--policy-document"]
    assert judge_trust("web", json.loads(document), ACCOUNT, REGION).status == "ok"


@pytest.mark.parametrize(
    ("statements", "others"),
    [
        (
            [ECS | PINNED | {"Principal": {"Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]}}],
            "ec2.amazonaws.com",
        ),
        ([OURS, ECS | {"Principal": {"Service": "ec2.amazonaws.com"}}], "ec2.amazonaws.com"),
        ([OURS, ECS | {"Principal": {"AWS": "arn:aws:iam::999999999999:root"}}], "arn:aws:iam::999999999999:root"),
        ([OURS, ECS | {"Principal": "*"}], "*"),
        ([OURS, {"Effect": "Allow", "NotPrincipal": {"AWS": "x"}, "Action": "sts:AssumeRole"}], "everybody but some"),
    ],
)
def test_a_role_that_somebody_else_may_take_on_is_reported_and_nobody_is_taken_out_of_it(
    statements: Any, others: str
) -> None:
    found = judge_trust("web", {"Statement": statements}, ACCOUNT, REGION)
    assert (found.status, found.why) == ("failed", f"web trusts others too: {others}")
    assert not found.next.startswith("aws ")


def test_a_corrected_role_of_another_service_is_still_reported_as_shared() -> None:
    found = judge_trust("web", {"Statement": [ECS | {"Principal": {"Service": "ec2.amazonaws.com"}}]}, ACCOUNT, REGION)
    assert (found.status, found.why) == ("failed", "web does not trust ecs-tasks.amazonaws.com")
    found = judge_trust("web", json.loads(shlex.split(found.next)[-1]), ACCOUNT, REGION)
    assert (found.status, found.why) == ("failed", "web trusts others too: ec2.amazonaws.com")


def test_a_role_that_others_are_denied_is_ecs_tasks_alone() -> None:
    denied = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    assert judge_trust("web", {"Statement": [OURS, denied]}, ACCOUNT, REGION).status == "ok"


def test_a_role_that_is_not_there_is_made_by_one_command() -> None:
    *command, document = shlex.split(missing("web", ACCOUNT, REGION).next)
    assert command == ["aws", "iam", "create-role", "--role-name", "web", "--assume-role-policy-document"]
    assert json.loads(document) == {"Version": "2012-10-17", "Statement": [OURS]}
    assert judge_trust("web", json.loads(document), ACCOUNT, REGION).status == "ok"


EC2: dict[str, Any] = ECS | {"Principal": {"Service": "ec2.amazonaws.com"}}
SOMEBODY = {"AWS": "arn:aws:iam::111122223333:root"}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([], [OURS]),
        (ECS, [OURS]),
        ([EC2, ECS], [EC2, OURS]),
        ([ECS | PINNED, ECS], [ECS | PINNED]),
        (
            [ECS | {"Principal": {"Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]}}],
            [ECS | {"Principal": {"Service": ["ec2.amazonaws.com"]}}, OURS],
        ),
        (
            [ECS | {"Principal": {"Service": "ecs-tasks.amazonaws.com"} | SOMEBODY}],
            [ECS | {"Principal": SOMEBODY}, OURS],
        ),
        ([ECS | {"Effect": "Deny", "Principal": "*"}], [ECS | {"Effect": "Deny", "Principal": "*"}, OURS]),
    ],
)
def test_correcting_a_trust_policy_keeps_the_other_principals(statements: Any, expected: list[Any]) -> None:
    document = {"Version": "2012-10-17", "Statement": statements}
    assert corrected(document, ACCOUNT, REGION) == {"Version": "2012-10-17", "Statement": expected}


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
        ([table(NAT | {"State": "active"}, "a"), table(NAT | {"State": "blackhole"}, "b")], ["b"]),
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
