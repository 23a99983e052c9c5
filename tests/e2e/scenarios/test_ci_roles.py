"""GitHub's two roles, held against what was really called: by a plan, by the first deployment, by a later one.

An access key says who called: this file plans and deploys under keys of its own. moto lets everybody do everything, so
it is the roles' policies, read back from IAM, that are asked here what AWS would have said.
"""

import json
import os
import re
from pathlib import Path

import pytest

from local_aws import access_key
from ops.ci.roles import roles
from ops.environments.copied import copied, own_values
from settings.load import load
from tests.support.authorization import allowing, granted
from tests.support.deployed import CANARIES, Deployed
from tests.support.outside import door
from tests.support.rights_called import (
    DESTROYED,
    UNCALLED,
    called_by,
    calls_of,
    first_calls,
    never_called,
    parsed,
    policies,
    used,
)
from tests.support.stand_in_gh import Gh

PLAN, DEPLOY = "asset-manager-ci-plan", "asset-manager-ci-deploy"
PROVIDER = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
READS = ("Describe", "Get", "List")
SCALES = ("RegisterScalableTarget", "TagResource")
SCALABLE_TARGET = "arn:aws:application-autoscaling:us-west-1:111122223333:scalable-target/0123"
# Each of them in prod.yaml for the time of one deployment: what is changed, replaced and taken away by it.
CHANGES = (
    (r"^  port: 3000", "  port: 3005"),
    (r"^  max_count: 3", "  max_count: null"),
    (r"^alarm_email: data-platform@leverslabs\.com", "alarm_email: null"),
    (r"^  auth0_client_secret: 1\b", "  auth0_client_secret: 2"),
)


def under(deployed: Deployed, label: str) -> dict[str, str]:
    """A shell with that label on its access key."""
    return {**deployed.environ, "AWS_ACCESS_KEY_ID": access_key.labelled(deployed.tree.access_key_id, label)}


def ci_roles(deployed: Deployed, *arguments: str) -> tuple[str, str]:
    done = deployed.tree.asset_manager("ci-roles", "--repository", "octo-org/app", *arguments, environ=deployed.environ)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


@pytest.fixture(scope="module")
def made(deployed: Deployed) -> tuple[str, str]:
    return ci_roles(deployed)


def test_both_roles_are_created_and_corrected(deployed: Deployed, made: tuple[str, str]) -> None:
    assert made[0].splitlines() == [
        f"PROD_PLAN_ROLE_ARN=arn:aws:iam::111122223333:role/{PLAN}",
        f"PROD_DEPLOY_ROLE_ARN=arn:aws:iam::111122223333:role/{DEPLOY}",
        "PROD_REGION=us-west-1",
    ]
    assert made[1].count(": created\n") == 7
    other = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    changed = json.dumps({"Version": "2012-10-17", "Statement": [other]})
    deployed.iam.update_assume_role_policy(RoleName=PLAN, PolicyDocument=changed)
    arn = "arn:aws:iam::111122223333:policy/asset-manager-ci-change-base"
    more = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    deployed.iam.create_policy_version(PolicyArn=arn, PolicyDocument=more, SetAsDefault=True)
    again = ci_roles(deployed)
    assert again[0] == made[0]
    assert again[1].count(": unchanged\n") == 5
    assert "policy asset-manager-ci-change-base: corrected\n" in again[1]
    assert f"role {PLAN}: corrected\nrole {DEPLOY}: unchanged\n" in again[1]
    told = json.loads(ci_roles(deployed, "--dry-run")[0])
    for role in (PLAN, DEPLOY):
        trust = parsed(deployed.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"])
        assert trust == told[role].pop("trust")
        assert trust["Statement"][0]["Principal"] == {"Federated": PROVIDER}
        assert policies(deployed, role) == [told[role][name] for name in sorted(told[role])]
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
    assert done.stdout.endswith("prod does not differ from main\n")
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
        # A secret is never turned back.
        file.write_text(re.sub(*CHANGES[-1], before, flags=re.MULTILINE))
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
    held = policies(deployed, DEPLOY)
    allowed = {grant.action for grant in granted(DEPLOY, policies(deployed, DEPLOY))}
    assert (
        not {"s3:DeleteBucket", "logs:DeleteLogGroup", "secretsmanager:DeleteSecret", "s3:DeleteBucketPolicy"} & allowed
    )
    roles = {
        resource
        for statement in (one for policy in held for one in policy["Statement"])
        for resource in ([statement["Resource"]] if isinstance(statement["Resource"], str) else statement["Resource"])
        if any(action.startswith("iam:") for action in statement["Action"])
    }
    account = "arn:aws:iam::111122223333:role/"
    assert {role.removeprefix(account) for role in roles if "aws-service-role" not in role} == {
        "asset-manager-run",
        "fulcrum-ecs-execution-role",
        "fulcrum-ecs-task-role",
    }


def test_the_role_of_another_environment_in_the_account_changes_nothing_of_this_one(
    deployed: Deployed, tmp_path: Path
) -> None:
    """Prod's own calls, had they been made under the role of a preview beside it."""
    folder = deployed.tree.root / "environments"
    values = own_values("pr-2", load("prod", folder))
    (tmp_path / "pr-2.yaml").write_text(copied((folder / "prod.yaml").read_text(), "", values))
    _, deploy = roles(load("pr-2", tmp_path), "octo-org/app")
    held = [policy.document for policy in deploy.policies]
    asked = [list(calls_of(deployed).needs(call)) for call in first_calls(deployed)]
    assert len(asked) > 200
    granted_ones = [needs for needs in asked if needs and all(allowing(need, "pr-2", held) for need in needs)]
    reached = {(need.action, need.resource) for needs in granted_ones for need in needs}
    reads = {(action, resource) for action, resource in reached if action.split(":")[1].startswith(READS)}
    account = "arn:aws:iam::111122223333:role/"
    assert reached - reads == {
        # Whose parts have no names that IAM knows: docs/decisions/0014-ci-roles.md.
        *((f"application-autoscaling:{action}", SCALABLE_TARGET) for action in SCALES),
        # Which both environments share; each writes a policy of its own there.
        *(
            ("iam:PutRolePolicy", f"{account}{role}")
            for role in ("fulcrum-ecs-execution-role", "fulcrum-ecs-task-role")
        ),
    }
    # What there is one of in the account, or what IAM knows no finer resource for.
    shared = {"certificate", "change", "cluster", "hostedzone", "repository", "role", "scalable-target"}
    kinds = {resource.rpartition(":")[2].partition("/")[0] for _, resource in reads}
    assert kinds == {"*", "fulcrum-asset-manager-tfstate", *shared}
    assert {resource for _, resource in reads if ":role/" in resource} == {
        f"{account}fulcrum-ecs-execution-role",
        f"{account}fulcrum-ecs-task-role",
    }
