"""Who can open a connection to whom, by security groups alone: a walk over what EC2 says of their rules. Pure.

A connection needs an outgoing rule where it starts and an incoming one where it ends. The internet starts anywhere and
has no groups; groups are stateful, so answers need no rule.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

INTERNET = "internet"
EVERY_PORT = (0, 65535)

Ports = tuple[int, int]


@dataclass(frozen=True)
class Rule:
    """One rule of one group: `peer` is a group's id, or a CIDR."""

    group: str
    egress: bool
    protocol: str
    ports: Ports
    peer: str


def read(described: Iterable[Any]) -> list[Rule]:
    """The rules as DescribeSecurityGroupRules tells them."""
    return [
        Rule(
            rule["GroupId"],
            rule["IsEgress"],
            rule["IpProtocol"],
            EVERY_PORT if rule["IpProtocol"] == "-1" else (rule["FromPort"], rule["ToPort"]),
            next(
                peer
                for peer in (
                    rule.get("CidrIpv4"),
                    rule.get("CidrIpv6"),
                    rule.get("PrefixListId"),
                    rule.get("ReferencedGroupInfo", {}).get("GroupId"),
                )
                if peer
            ),
        )
        for rule in described
    ]


def incoming(rules: Sequence[Rule], group: str, source: str) -> set[tuple[str, Ports]]:
    """(protocol, ports) that the group's own rules let in from a group or, by any CIDR, from the internet."""
    return {
        (rule.protocol, rule.ports)
        for rule in rules
        if rule.group == group and not rule.egress and _matches(rule.peer, source)
    }


def outgoing(rules: Sequence[Rule], group: str, target: str) -> set[tuple[str, Ports]]:
    """(protocol, ports) that the group's own rules let out to a group; everywhere is to the group, too."""
    return {
        (rule.protocol, rule.ports)
        for rule in rules
        if rule.group == group and rule.egress and (_matches(rule.peer, target) or rule.peer in ("0.0.0.0/0", "::/0"))
    }


def reach(rules: Sequence[Rule], source: str, target: str) -> set[tuple[str, Ports]]:
    """(protocol, ports) on which a connection from one group, or the internet, to another group comes about."""
    # A rule by CIDR lets in every address in it, and a group's members may have one.
    arriving = incoming(rules, target, source) | incoming(rules, target, INTERNET)
    if source == INTERNET:
        return arriving
    found = set()
    for protocol, ports in arriving:
        for other, leaving in outgoing(rules, source, target):
            both = (max(ports[0], leaving[0]), min(ports[1], leaving[1]))
            if both[0] <= both[1] and (protocol == other or "-1" in (protocol, other)):
                found.add((other if protocol == "-1" else protocol, both))
    return found


def chain(rules: Sequence[Rule], groups: Iterable[str]) -> dict[tuple[str, str], set[tuple[str, Ports]]]:
    """Every pair that can connect at all, the internet among the sources."""
    targets = list(groups)
    pairs = {(source, target): reach(rules, source, target) for source in [INTERNET, *targets] for target in targets}
    return {pair: ports for pair, ports in pairs.items() if ports}


def _matches(peer: str, other: str) -> bool:
    is_group = peer.startswith("sg-")
    return not is_group if other == INTERNET else peer == other
