"""Additions to moto's EC2."""

from __future__ import annotations

from .local_ecs import LocalEcs


def test_init_security_group_rule_keeps_the_description_of_a_rule_that_names_a_group(local: LocalEcs) -> None:
    ec2, groups = local.client("ec2"), local.network["awsvpcConfiguration"]["securityGroups"]

    def rule(description: str) -> dict[str, object]:
        pair = {"GroupId": groups[0], "Description": description}
        return {"IpProtocol": "tcp", "FromPort": 3000, "ToPort": 3000, "UserIdGroupPairs": [pair]}

    ec2.authorize_security_group_ingress(GroupId=groups[0], IpPermissions=[rule("from itself")])
    found = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": groups}])["SecurityGroupRules"]
    (made,) = [each for each in found if not each["IsEgress"]]
    assert (made["Description"], made["ReferencedGroupInfo"]["GroupId"]) == ("from itself", groups[0])
    # AWS finds the rule to revoke by everything but its description.
    ec2.revoke_security_group_ingress(GroupId=groups[0], IpPermissions=[rule("of another text")])
    left = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": groups}])["SecurityGroupRules"]
    assert [each for each in left if not each["IsEgress"]] == []
