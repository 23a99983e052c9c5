"""Targets, the alias, and the security groups' rules: what is as synthesized, and what is said where it is not."""

from typing import TYPE_CHECKING, Any, cast

import pytest

from ops.checking.deployed.firewall import Rule, deployed_rule, expected_rules, judge_rules
from ops.checking.deployed.network import judge_alias, judge_targets, judge_zones

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import SecurityGroupRuleTypeDef
    from mypy_boto3_elbv2.type_defs import LoadBalancerTypeDef, TargetHealthDescriptionTypeDef
    from mypy_boto3_route53.type_defs import ResourceRecordSetOutputTypeDef

REVOKE = "Find out who added the rule that is not in the stack, and revoke it: Terraform does not know of it."
DEPLOY = "Deploy again: make deploy; on the laptop make local."


def target(state: str, reason: str = "", description: str = "") -> "TargetHealthDescriptionTypeDef":
    health = {"State": state, "Reason": reason, "Description": description}
    return cast("TargetHealthDescriptionTypeDef", {"Target": {"Id": "10.0.0.1", "Port": 3000}, "TargetHealth": health})


@pytest.mark.parametrize(
    ("configured", "status", "why"),
    [
        ({"web": ["a1", "c1"], "daemon": ["a1", "c1"]}, "ok", "zone-a, zone-c"),
        (
            {"web": ["a1", "c1"], "daemon": ["a1", "a2"]},
            "failed",
            "daemon starts tasks in zone-a alone, and fails with that zone",
        ),
        ({}, "failed", "there is neither service"),
    ],
)
def test_each_service_has_to_reach_two_zones(configured: dict[str, list[str]], status: str, why: str) -> None:
    finding = judge_zones(configured, {"a1": "zone-a", "a2": "zone-a", "c1": "zone-c"})
    assert (finding.status, finding.why) == (status, why)


@pytest.mark.parametrize(
    ("targets", "status", "why", "advice"),
    [
        ([target("healthy")], "ok", "1 healthy: 10.0.0.1:3000", ""),
        ([target("healthy"), target("draining")], "ok", "1 healthy: 10.0.0.1:3000", ""),
        (
            [],
            "failed",
            "0 healthy targets, and 1 wanted",
            f"A web task registers itself when it runs: see the tasks. If they run, the target was taken out: {DEPLOY}",
        ),
        (
            [target("healthy"), target("unhealthy", "Target.Timeout", "Request timed out")],
            "failed",
            "10.0.0.1:3000 is unhealthy (Request timed out)",
            "The services' security group must let the ALB in on the web port, see `security group`.",
        ),
        (
            [target("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")],
            "failed",
            "10.0.0.1:3000 is initial (Initial health checks in progress)",
            "The first health checks take a minute: look again.",
        ),
    ],
)
def test_every_registered_target_must_be_healthy_and_there_must_be_one(
    targets: list["TargetHealthDescriptionTypeDef"], status: str, why: str, advice: str
) -> None:
    judged = judge_targets(targets, 1)
    assert (judged.status, judged.why, judged.next) == (status, why, advice)


ALB = cast("LoadBalancerTypeDef", {"DNSName": "Alb-1.us-west-1.elb.amazonaws.com", "CanonicalHostedZoneId": "Z1"})


def alias(name: str, zone: str = "Z1") -> Any:
    return {"Name": "dg.example.com.", "Type": "A", "AliasTarget": {"DNSName": name, "HostedZoneId": zone}}


@pytest.mark.parametrize(
    ("records", "status", "why"),
    [
        ([alias("dualstack.alb-1.us-west-1.elb.amazonaws.com.")], "ok", "dg.example.com is an alias of alb-1"),
        ([], "failed", "there is no record A for dg.example.com; expected is an alias of alb-1"),
        ([alias("alb-2.us-west-1.elb.amazonaws.com")], "failed", "dg.example.com is an alias of alb-2"),
        ([alias("alb-1.us-west-1.elb.amazonaws.com", "Z2")], "failed", "dg.example.com is an alias of alb-1"),
        (
            [{"Name": "dg.example.com.", "Type": "A", "ResourceRecords": [{"Value": "192.0.2.7"}]}],
            "failed",
            "dg.example.com is 192.0.2.7 and no alias; expected is alb-1",
        ),
    ],
)
def test_the_name_must_be_an_alias_of_this_very_load_balancer(
    records: list["ResourceRecordSetOutputTypeDef"], status: str, why: str
) -> None:
    judged = judge_alias("dg.example.com", records, ALB)
    assert judged.status == status
    assert judged.why.startswith(why + ".us-west-1" if why.endswith(("alb-1", "alb-2")) else why)


WEB_IN = Rule("in", "tcp", "3000", "alb-sg")
SELF_IN = Rule("in", "tcp", "0-65535", "services-sg")
ANY_OUT = Rule("out", "-1", "", "0.0.0.0/0")

DOCUMENT: dict[str, Any] = {
    "resource": {
        "aws_security_group": {"alb_1": {"name": "alb-sg"}, "services_2": {"name": "services-sg"}},
        "aws_vpc_security_group_ingress_rule": {
            "web": {
                "security_group_id": "${aws_security_group.services_2.id}",
                "referenced_security_group_id": "${aws_security_group.alb_1.id}",
                "ip_protocol": "tcp",
                "from_port": 3000,
                "to_port": 3000,
            },
            "self": {
                "security_group_id": "${aws_security_group.services_2.id}",
                "referenced_security_group_id": "${aws_security_group.services_2.id}",
                "ip_protocol": "tcp",
                "from_port": 0,
                "to_port": 65535,
            },
        },
        "aws_vpc_security_group_egress_rule": {
            "any": {
                "security_group_id": "${aws_security_group.alb_1.id}",
                "cidr_ipv4": "0.0.0.0/0",
                "ip_protocol": "-1",
            }
        },
    }
}


def test_the_expected_rules_are_those_of_the_synthesized_stack() -> None:
    assert expected_rules(DOCUMENT) == {"alb-sg": {ANY_OUT}, "services-sg": {WEB_IN, SELF_IN}}


@pytest.mark.parametrize(
    ("described", "rule"),
    [
        (
            {"IsEgress": False, "FromPort": 3000, "ToPort": 3000, "ReferencedGroupInfo": {"GroupId": "sg-1"}},
            WEB_IN,
        ),
        (
            {"IsEgress": True, "IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "CidrIpv4": "0.0.0.0/0"},
            ANY_OUT,
        ),
        (
            {"IsEgress": False, "FromPort": 22, "ToPort": 22, "ReferencedGroupInfo": {"GroupId": "sg-9"}},
            Rule("in", "tcp", "22", "sg-9"),
        ),
        (
            {"IsEgress": False, "FromPort": 443, "ToPort": 443, "CidrIpv6": "::/0"},
            Rule("in", "tcp", "443", "::/0"),
        ),
    ],
)
def test_a_deployed_rule_is_compared_by_what_it_allows_and_not_by_its_id(described: Any, rule: Rule) -> None:
    assert (
        deployed_rule(cast("SecurityGroupRuleTypeDef", {"IpProtocol": "tcp"} | described), {"sg-1": "alb-sg"}) == rule
    )


@pytest.mark.parametrize(
    ("found", "status", "why", "advice"),
    [
        ({WEB_IN, SELF_IN}, "ok", "2 rules, exactly as synthesized", ""),
        ({SELF_IN}, "failed", "missing: in tcp 3000 from alb-sg", DEPLOY),
        (
            {WEB_IN, SELF_IN, Rule("in", "tcp", "22", "0.0.0.0/0")},
            "failed",
            "not in the stack: in tcp 22 from 0.0.0.0/0",
            REVOKE,
        ),
        (
            {SELF_IN, ANY_OUT},
            "failed",
            "missing: in tcp 3000 from alb-sg; not in the stack: out everything to 0.0.0.0/0",
            f"{DEPLOY} {REVOKE}",
        ),
    ],
)
def test_one_rule_too_few_or_too_many_is_named(found: set[Rule], status: str, why: str, advice: str) -> None:
    judged = judge_rules({WEB_IN, SELF_IN}, found)
    assert (judged.status, judged.why, judged.next) == (status, why, advice)
