"""What moto's EC2 lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule

from local_aws.moto.patch import patch


@patch(SecurityGroupRule, "__init__")
def init_security_group_rule(moto: Callable[..., None], rule: SecurityGroupRule, *arguments: Any, **named: Any) -> None:
    """EC2 AuthorizeSecurityGroupIngress and -Egress: a rule that names a group has a description, and is the same
    whatever that is.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html
    """
    moto(rule, *arguments, **named)
    if "Description" in rule.source_group:
        # moto returns it from there.
        rule.ip_range = {**rule.ip_range, "Description": rule.source_group["Description"]}
        rule.source_group = {name: value for name, value in rule.source_group.items() if name != "Description"}
