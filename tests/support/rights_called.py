"""What IAM has of GitHub's two roles, and which of it the recorded calls used."""

import json
from collections.abc import Iterable
from typing import Any

from tests.support.authorization import Grant, allowing, granted
from tests.support.authorization_of_deploys import Calls
from tests.support.deployed import Deployed

DESTROYED = "what a change of the code takes away, or replaces"
# Allowed and called in none of these, each for its reason.
UNCALLED = {
    "application-autoscaling:DescribeScheduledActions": "of office hours, which prod has not",
    "application-autoscaling:DeleteScheduledAction": "of office hours, which prod has not",
    "application-autoscaling:PutScheduledAction": "of office hours, which prod has not",
    "cloudformation:DescribeStackEvents": "why a stack failed",
    "ecs:StopTask": "of the task that asks from within, when Ctrl-C ends the command",
    "iam:CreateServiceLinkedRole": "AWS's own, at the first use in an account; moto makes none",
    "iam:UpdateAssumeRolePolicy": "of the run role, when our code says another trust",
    "iam:UpdateRoleDescription": "of the run role, when our code says another",
    "elasticloadbalancing:ModifyListener": "another certificate",
    "elasticloadbalancing:ModifyTargetGroup": "another health check",
    "elasticloadbalancing:SetSecurityGroups": "another security group",
    "elasticloadbalancing:SetSubnets": "another subnet in the VPC",
    "ec2:RevokeSecurityGroupIngress": "fewer allowed_cidrs",
    "cloudformation:DeleteStack": DESTROYED,
    "cloudwatch:DeleteDashboards": DESTROYED,
    "ec2:DeleteSecurityGroup": DESTROYED,
    "ecs:DeleteService": DESTROYED,
    "elasticloadbalancing:DeleteListener": DESTROYED,
    "elasticloadbalancing:DeleteLoadBalancer": DESTROYED,
    "events:DeleteRule": DESTROYED,
    "events:RemoveTargets": DESTROYED,
    "iam:DeleteRole": DESTROYED,
    "iam:DeleteRolePolicy": DESTROYED,
    "iam:ListInstanceProfilesForRole": DESTROYED,
    "logs:DeleteMetricFilter": DESTROYED,
    "sns:DeleteTopic": DESTROYED,
    "ssm:DeleteParameter": DESTROYED,
}


def parsed(document: Any) -> Any:
    return json.loads(document) if isinstance(document, str) else document


def policies(deployed: Deployed, role: str) -> list[Any]:
    """All that IAM has of a role, in the order of the policies' names."""
    iam = deployed.iam
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == []
    found = []
    attached_ones = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    for attached in sorted(attached_ones, key=lambda one: one["PolicyName"]):
        version = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["DefaultVersionId"]
        found.append(
            iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"]
        )
    return [parsed(document) for document in found]


def calls_of(deployed: Deployed) -> Calls:
    def tags_of(group: str) -> dict[str, str]:
        (found,) = deployed.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
        return {tag["Key"]: tag["Value"] for tag in found["Tags"]}

    def roles_of(definition: str) -> list[str]:
        made = deployed.ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]
        return [made["executionRoleArn"], made["taskRoleArn"]]

    return Calls(deployed.region, "111122223333", tags_of, roles_of)


def used(deployed: Deployed, role: str, calls: Iterable[dict[str, Any]]) -> set[Grant]:
    """By what each call is allowed; those that nothing allows are told, all at once."""
    held, mapping = policies(deployed, role), calls_of(deployed)
    found: set[Grant] = set()
    refused: set[str] = set()
    for call in calls:
        for need in mapping.needs(call):
            allowed = allowing(need, role, held)
            found |= set(allowed)
            if not allowed:
                refused.add(str(need))
    assert not refused, "AWS would refuse:\n" + "\n".join(sorted(refused))
    return found


def first_calls(deployed: Deployed) -> list[dict[str, Any]]:
    """Of Terraform, by which all of it was made."""
    return [call for call in deployed.first_calls if call["key"] == "" and call["terraform"]]


def called_by(deployed: Deployed, key: str) -> list[dict[str, Any]]:
    return [call for call in deployed.tree.access()["others"] if call["key"] == key]


def never_called(deployed: Deployed, role: str, found: set[Grant]) -> set[str]:
    return {grant.action for grant in granted(role, policies(deployed, role))} - {grant.action for grant in found}
