"""The walk over security groups that tests/e2e/smoke/test_reachability.py takes through the deployed ones."""

from typing import Any

import pytest

from tests.support.reachability import EVERY_PORT, INTERNET, Rule, chain, reach, read

ALB, WEB = "sg-alb", "sg-web"
IN_443 = Rule(ALB, False, "tcp", (443, 443), "0.0.0.0/0")
ALB_OUT = Rule(ALB, True, "tcp", (3000, 3000), WEB)
WEB_IN = Rule(WEB, False, "tcp", (3000, 3000), ALB)


@pytest.mark.parametrize(
    ("rules", "source", "target", "expected"),
    [
        ([IN_443], INTERNET, ALB, {("tcp", (443, 443))}),
        # From one address it is from the internet too; from a group it is not.
        ([Rule(ALB, False, "tcp", (22, 22), "198.51.100.7/32")], INTERNET, ALB, {("tcp", (22, 22))}),
        ([Rule(ALB, False, "tcp", (22, 22), "::/0")], INTERNET, ALB, {("tcp", (22, 22))}),
        ([Rule(ALB, False, "tcp", (22, 22), "pl-1")], INTERNET, ALB, {("tcp", (22, 22))}),
        ([WEB_IN], INTERNET, WEB, set()),
        # Both sides have to allow it.
        ([ALB_OUT, WEB_IN], ALB, WEB, {("tcp", (3000, 3000))}),
        ([ALB_OUT], ALB, WEB, set()),
        ([WEB_IN], ALB, WEB, set()),
        ([ALB_OUT, WEB_IN], WEB, ALB, set()),
        # Only where both do.
        ([Rule(ALB, True, "tcp", (2000, 3000), WEB), Rule(WEB, False, "tcp", (2999, 4000), ALB)], ALB, WEB,
         {("tcp", (2999, 3000))}),
        ([ALB_OUT, Rule(WEB, False, "udp", (3000, 3000), ALB)], ALB, WEB, set()),
        ([Rule(ALB, True, "-1", EVERY_PORT, WEB), WEB_IN], ALB, WEB, {("tcp", (3000, 3000))}),
        ([ALB_OUT, Rule(WEB, False, "-1", EVERY_PORT, ALB)], ALB, WEB, {("tcp", (3000, 3000))}),
        # Out to everywhere is out to the other group; in from everywhere is in from it.
        ([Rule(ALB, True, "tcp", (0, 65535), "0.0.0.0/0"), WEB_IN], ALB, WEB, {("tcp", (3000, 3000))}),
        ([ALB_OUT, Rule(WEB, False, "tcp", (3000, 3000), "10.0.0.0/8")], ALB, WEB, {("tcp", (3000, 3000))}),
    ],
)  # fmt: skip
def test_a_connection_needs_both_sides(
    rules: list[Rule], source: str, target: str, expected: set[tuple[str, tuple[int, int]]]
) -> None:
    assert reach(rules, source, target) == expected


def test_a_chain_names_every_pair_that_connects_and_no_other() -> None:
    assert chain([IN_443, ALB_OUT, WEB_IN], [ALB, WEB]) == {
        (INTERNET, ALB): {("tcp", (443, 443))},
        (ALB, WEB): {("tcp", (3000, 3000))},
    }


def test_rules_are_read_as_ec2_returns_them() -> None:
    described: list[dict[str, Any]] = [
        {"GroupId": ALB, "IsEgress": False, "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
         "CidrIpv4": "0.0.0.0/0"},
        {"GroupId": WEB, "IsEgress": True, "IpProtocol": "-1", "FromPort": -1, "ToPort": -1,
         "ReferencedGroupInfo": {"GroupId": ALB}},
    ]  # fmt: skip
    assert read(described) == [IN_443, Rule(WEB, True, "-1", EVERY_PORT, ALB)]
