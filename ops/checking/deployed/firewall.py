"""The security groups' rules are exactly those of the stack: a missing one blocks traffic, another one admits it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ops.console.finding import DEPLOY, Finding, failed, ok
from ops.dagster_api.deployment import Deployment
from ops.terraform import toolchain
from ops.terraform.project import synthesize

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import SecurityGroupRuleTypeDef

Document = Mapping[str, Any]


@dataclass(frozen=True, order=True)
class Rule:
    """One rule; `ports` is empty for all ports."""

    direction: str
    protocol: str
    ports: str
    peer: str

    def __str__(self) -> str:
        """In: tcp 443 from 0.0.0.0/0."""
        protocol = "everything" if self.protocol == "-1" else f"{self.protocol} {self.ports}".strip()
        return f"{self.direction} {protocol} {'from' if self.direction == 'in' else 'to'} {self.peer}"


def expected_rules(document: Document) -> dict[str, set[Rule]]:
    """Every rule of a synthesized base stack, by the name of its group."""
    resources = document["resource"]
    groups = resources["aws_security_group"]
    names = {f"${{aws_security_group.{key}.id}}": group["name"] for key, group in groups.items()}
    rules: dict[str, set[Rule]] = {name: set() for name in names.values()}
    for direction, kind in (
        ("in", "aws_vpc_security_group_ingress_rule"),
        ("out", "aws_vpc_security_group_egress_rule"),
    ):
        for rule in resources.get(kind, {}).values():
            fields = ("cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id")
            peer = next(rule[field] for field in fields if field in rule)
            ports = _ports(rule["ip_protocol"], rule.get("from_port"), rule.get("to_port"))
            made = Rule(direction, rule["ip_protocol"], ports, names.get(peer, peer))
            rules[names[rule["security_group_id"]]].add(made)
    return rules


def deployed_rule(rule: SecurityGroupRuleTypeDef, names: Mapping[str, str]) -> Rule:
    """A rule as EC2 describes it; `names` maps group ids to names."""
    group = rule.get("ReferencedGroupInfo", {}).get("GroupId", "")
    peer = rule.get("CidrIpv4") or rule.get("CidrIpv6") or rule.get("PrefixListId") or names.get(group, group)
    ports = _ports(rule["IpProtocol"], rule.get("FromPort"), rule.get("ToPort"))
    return Rule("out" if rule["IsEgress"] else "in", rule["IpProtocol"], ports, peer)


def _ports(protocol: str, first: int | None, last: int | None) -> str:
    if protocol == "-1" or first is None:
        return ""
    return str(first) if first == last else f"{first}-{last}"


def judge_rules(wanted: Set[Rule], found: Set[Rule]) -> Finding:
    """The same rules, no more and no fewer."""
    missing, unknown = sorted(wanted - found), sorted(found - wanted)
    if not missing and not unknown:
        return ok(f"{len(found)} rules, exactly as synthesized")
    differences = [f"missing: {', '.join(map(str, missing))}"] if missing else []
    differences += [f"not in the stack: {', '.join(map(str, unknown))}"] if unknown else []
    advice = [DEPLOY] if missing else []
    if unknown:
        advice.append(
            "Find out who added the rule that is not in the stack, and revoke it: Terraform does not know of it."
        )
    return failed("; ".join(differences), " ".join(advice))


class Firewall:
    """The rules that main.py synthesizes, once, against those that EC2 describes at each check."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._expected: dict[str, set[Rule]] = {}

    def rules(self, group: str) -> Finding:
        """The rules of one group, by its name."""
        self._expected = self._expected or self._synthesized()
        names = {id_: name for name, id_ in self._ids().items()}
        id_ = next((id_ for id_, name in names.items() if name == group), None)
        if id_ is None:
            return failed("there is no such security group in the VPC", DEPLOY)
        pages = self._deployment.ec2.get_paginator("describe_security_group_rules").paginate(
            Filters=[{"Name": "group-id", "Values": [id_]}]
        )
        found = {deployed_rule(rule, names) for page in pages for rule in page["SecurityGroupRules"]}
        return judge_rules(self._expected[group], found)

    def _synthesized(self) -> dict[str, set[Rule]]:
        environ = {**self._deployment.environ, "JSII_NODE": str(toolchain.node())}
        with tempfile.TemporaryDirectory() as out:
            synthesize(self._deployment.settings.environment, Path(out), environ)
            return expected_rules(json.loads((Path(out) / "stacks" / "base" / "cdk.tf.json").read_text()))

    def _ids(self) -> dict[str, str]:
        """The VPC's groups, by name; another VPC may have groups of the same names."""
        ec2 = self._deployment.ec2
        name = self._deployment.settings.existing.vpc_name
        found = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [name]}])["Vpcs"]
        vpcs = [vpc["VpcId"] for vpc in found]
        pages = ec2.get_paginator("describe_security_groups").paginate(Filters=[{"Name": "vpc-id", "Values": vpcs}])
        return {group["GroupName"]: group["GroupId"] for page in pages for group in page["SecurityGroups"]}
