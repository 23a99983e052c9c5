"""GitHub's two roles, held against what was really called: by a plan, by the first deployment, by a later one.

An access key says who called: this file plans and deploys under keys of its own. moto lets everybody do everything, so
it is the roles' policies, read back from IAM, that are asked here what AWS would have said.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from ops.ci.roles import roles
from stacks.settings import load

from .authorization import Grant, allowing, granted
from .authorization_of_deploys import Calls
from .deployed import CANARIES, Deployed
from .outside import door
from .stand_in_gh import Gh

PLAN, DEPLOY = "asset-manager-ci-plan", "asset-manager-ci-deploy"
PROVIDER = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
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
# Each of them in prod.yaml for the time of one deployment: what is changed, replaced and taken away by it.
CHANGES = (
    (r"^  port: 300\d", "  port: 3005"),  # earlier tests change it, and raise the secret's version
    (r"^  max_count: 3", "  max_count: null"),
    (r"^alarm_email: data-platform@leverslabs\.com", "alarm_email: null"),
    (r"^  auth0_client_secret: \d", "  auth0_client_secret: 9"),
)


def under(deployed: Deployed, key: str) -> dict[str, str]:
    """The shell of somebody of that access key."""
    return {**deployed.environ, "AWS_ACCESS_KEY_ID": key}


def ci_roles(deployed: Deployed, *arguments: str) -> tuple[str, str]:
    done = deployed.tree.asset_manager("ci-roles", "--repository", "octo-org/app", *arguments, environ=deployed.environ)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


@pytest.fixture(scope="module")
def made(deployed: Deployed) -> tuple[str, str]:
    return ci_roles(deployed)


def parsed(document: Any) -> Any:
    return json.loads(document) if isinstance(document, str) else document


def policies(deployed: Deployed, role: str) -> list[Any]:
    """All that IAM has of a role, by both ways."""
    iam = deployed.iam
    found = []
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        version = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["DefaultVersionId"]
        found.append(
            iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"]
        )
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        found.append(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])
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
    return [call for call in deployed.first_calls if call["key"] == "local" and call["terraform"]]


def called_by(deployed: Deployed, key: str) -> list[dict[str, Any]]:
    return [call for call in deployed.tree.access()["others"] if call["key"] == key]


def never_called(deployed: Deployed, role: str, found: set[Grant]) -> set[str]:
    return {grant.action for grant in granted(role, policies(deployed, role))} - {grant.action for grant in found}


def test_both_roles_are_made_and_made_again_and_put_right(deployed: Deployed, made: tuple[str, str]) -> None:
    assert made[0].splitlines() == [
        f"PROD_PLAN_ROLE_ARN=arn:aws:iam::111122223333:role/{PLAN}",
        f"PROD_DEPLOY_ROLE_ARN=arn:aws:iam::111122223333:role/{DEPLOY}",
        "PROD_REGION=us-west-1",
    ]
    assert made[1].count(": made\n") == 4
    other = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    changed = json.dumps({"Version": "2012-10-17", "Statement": [other]})
    deployed.iam.update_assume_role_policy(RoleName=PLAN, PolicyDocument=changed)
    (own,) = deployed.iam.list_role_policies(RoleName=DEPLOY)["PolicyNames"]
    more = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    deployed.iam.put_role_policy(RoleName=DEPLOY, PolicyName=own, PolicyDocument=more)
    again = ci_roles(deployed)
    assert again[0] == made[0]
    assert again[1].count(": as it should be\n") == 2
    assert f"role {PLAN}: put right\nrole {DEPLOY}: put right\n" in again[1]
    told = json.loads(ci_roles(deployed, "--dry-run")[0])
    for role in (PLAN, DEPLOY):
        trust = parsed(deployed.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"])
        assert trust == told[role].pop("trust")
        assert trust["Statement"][0]["Principal"] == {"Federated": PROVIDER}
        assert policies(deployed, role) == list(told[role].values())
    provider = deployed.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER)
    assert provider["ClientIDList"] == ["sts.amazonaws.com"]


@pytest.mark.usefixtures("made")
def test_a_pull_requests_plan_and_the_drift_check_need_what_their_role_has_and_no_more(
    deployed: Deployed, tmp_path: Path
) -> None:
    gh = Gh(tmp_path)
    environ = under(deployed, "ci-plan")
    environ["PATH"] = f"{tmp_path}{os.pathsep}{environ['PATH']}"
    gh.answer({"pr view": {"comments": []}, "issue list": []})
    done = deployed.tree.asset_manager("plan-comment", "--pull-request", "12", environ=environ)
    assert done.returncode == 0, done.stderr
    commented = gh.calls[-1]
    assert commented[0] == "pr comment 12 --body-file -"
    assert "### `services`: nothing to change" in commented[1]

    done = deployed.tree.asset_manager("drift", environ=environ)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("prod is what main says\n")
    bucket, lock = "fulcrum-asset-manager-tfstate", "asset-manager/prod/services.tfstate.tflock"
    deployed.s3.put_object(Bucket=bucket, Key=lock, Body=b"{}")
    try:
        # Neither waits for a lock, nor is there any drift to tell while somebody deploys.
        locked = deployed.tree.asset_manager("drift", environ=environ)
    finally:
        deployed.s3.delete_object(Bucket=bucket, Key=lock)
    assert locked.returncode == 0, locked.stderr
    assert "prod is being deployed" in locked.stdout

    found = used(deployed, PLAN, called_by(deployed, "ci-plan"))
    assert never_called(deployed, PLAN, found) == {
        "application-autoscaling:DescribeScheduledActions",  # of office hours, which prod has not
        "elasticloadbalancing:DescribeRules",  # of the rule without sign-in, which is Terraform's own
    }


@pytest.mark.usefixtures("made")
def test_nothing_that_the_plans_role_may_do_changes_anything(deployed: Deployed) -> None:
    actions = {grant.action for grant in granted(PLAN, policies(deployed, PLAN))}
    assert len(actions) > 60
    assert {action for action in actions if not action.split(":")[1].startswith(("Describe", "Get", "List"))} == set()


@pytest.mark.usefixtures("made")
@pytest.mark.timeout(900)
def test_first_and_later_deployments_need_what_their_role_has_and_no_more(deployed: Deployed) -> None:
    environ = under(deployed, "ci-deploy") | {"TF_VAR_auth0_client_secret": CANARIES["AUTH0_CLIENT_SECRET"]}
    file = deployed.tree.root / "environments" / "prod.yaml"
    before = file.read_text()
    for pattern, replacement in CHANGES:
        deployed.tree.edit("environments/prod.yaml", pattern, replacement)
    try:
        done = deployed.tree.asset_manager("deploy", "--yes", environ=environ)
    finally:
        file.write_text(before)
        back = deployed.tree.asset_manager("deploy", "--yes", "--no-validate", environ=environ)
    assert done.returncode == 0, done.stdout + done.stderr
    assert back.returncode == 0, back.stdout + back.stderr
    # GitHub's machine is outside, and what it validates is behind sign-in.
    with door("dg.leverslabs.com", deployed.tree.web_port) as url:
        validated = deployed.tree.asset_manager("validate", "--url", url, environ=environ)
    assert validated.returncode == 0, validated.stdout + validated.stderr

    # What a pipeline deploys is a release too: there is a way back to it.
    recorded = deployed.tree.asset_manager("releases", "--json", environ=deployed.environ)
    newest = json.loads(recorded.stdout)[0]
    assert (newest["tag"], newest["outcome"], newest["serves"]) == ("latest", "released", True)
    assert newest["who"].startswith("arn:aws:sts::111122223333:")

    first = first_calls(deployed)
    assert any(call["operation"] == "CreateLoadBalancer" for call in first)
    later = called_by(deployed, "ci-deploy")
    assert {"UpdateService", "UpdateStack", "DeleteTargetGroup"} <= {call["operation"] for call in later}
    found = used(deployed, DEPLOY, [*first, *later])
    never = never_called(deployed, DEPLOY, found)
    assert never <= set(UNCALLED)
    # A first deployment that was interrupted may have replaced what it had left half made.
    assert {action for action, why in UNCALLED.items() if why != DESTROYED} <= never


@pytest.mark.usefixtures("made")
def test_a_deployment_cannot_delete_what_holds_data_nor_widen_its_own_rights(deployed: Deployed) -> None:
    (_, own) = policies(deployed, DEPLOY)
    allowed = {grant.action for grant in granted(DEPLOY, policies(deployed, DEPLOY))}
    assert (
        not {"s3:DeleteBucket", "logs:DeleteLogGroup", "secretsmanager:DeleteSecret", "s3:DeleteBucketPolicy"} & allowed
    )
    roles = {
        resource
        for statement in own["Statement"]
        for resource in ([statement["Resource"]] if isinstance(statement["Resource"], str) else statement["Resource"])
        if any(action.startswith("iam:") for action in statement["Action"])
    }
    account = "arn:aws:iam::111122223333:role/"
    assert {role.removeprefix(account) for role in roles if "aws-service-role" not in role} == {
        "asset-manager-run",
        "fulcrum-ecs-execution-role",
        "fulcrum-ecs-task-role",
    }


def test_the_role_of_another_environment_reaches_nothing_of_this_one_but_the_zones(deployed: Deployed) -> None:
    """As though both were in one account: what AWS knows no resource for is left."""
    _, deploy = roles(load("staging"), "octo-org/app")
    assert deploy.own
    held = [deploy.shared.document, deploy.own.document]
    asked = [need for call in first_calls(deployed) for need in calls_of(deployed).needs(call)]
    reached = {need.resource for need in asked if allowing(need, "staging", held)} - {"*"}
    assert len(asked) > 200
    assert {resource.partition("/")[0] for resource in reached} <= {
        "arn:aws:route53:::hostedzone",  # reading; of records, only its own can be written
        "arn:aws:route53:::change",
    }
