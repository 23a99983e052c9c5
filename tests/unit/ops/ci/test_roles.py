"""The roles of CI: who takes them on, how far they reach, and whether AWS would take their policies."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from ops.ci.ci_roles import refuse_too_long
from ops.ci.roles import Role, roles
from ops.console.errors import OperatorError
from settings.load import Settings, load
from tests.support.repository import ROOT

REPOSITORY = "octo-org/asset-manager"
KEY = "arn:aws:kms:us-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
# What AWS knows no resource for: https://docs.aws.amazon.com/service-authorization/latest/reference/
WITHOUT_RESOURCE = {"Look", "LookMore", "LookForBalancer", "EndSubscription"}


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load("prod")


@pytest.fixture(scope="module")
def both(settings: Settings) -> tuple[Role, Role]:
    return roles(settings, REPOSITORY)


def statements(role: Role) -> list[dict[str, Any]]:
    return [statement for policy in role.policies for statement in policy.document["Statement"]]


def named(role: Role, sid: str) -> dict[str, Any]:
    (found,) = [one for one in statements(role) if one["Sid"] == sid]
    return found


def conditions(role: Role) -> dict[str, Any]:
    (statement,) = role.trust["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    (operator,) = statement["Condition"]
    assert operator == "StringEquals"
    found: dict[str, Any] = statement["Condition"][operator]
    return found


def test_a_pull_request_and_main_may_plan(both: tuple[Role, Role]) -> None:
    assert conditions(both[0]) == {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": [
            "repo:octo-org/asset-manager:pull_request",
            "repo:octo-org/asset-manager:ref:refs/heads/main",
        ],
    }


def test_only_the_approved_environment_may_deploy(both: tuple[Role, Role]) -> None:
    assert conditions(both[1]) == {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": "repo:octo-org/asset-manager:environment:prod",
    }


def test_a_repository_may_be_named_with_its_numbers(settings: Settings) -> None:
    plan, _ = roles(settings, "octo-org@12/asset-manager@345")
    assert "repo:octo-org@12/asset-manager@345:pull_request" in json.dumps(plan.trust)


@pytest.mark.parametrize(
    "repository", ["octo-org", "octo-org/*", "octo-org/app:ref", "*/*", "a/b/c", "", "octo@x/app@1"]
)
def test_what_names_no_single_repository_is_refused(settings: Settings, repository: str) -> None:
    with pytest.raises(OperatorError, match="not a repository on GitHub"):
        roles(settings, repository)


def test_a_star_stands_for_a_resource_only_where_aws_knows_none(both: tuple[Role, Role]) -> None:
    stars = {one["Sid"] for role in both for one in statements(role) if one["Resource"] == "*"}
    assert stars == WITHOUT_RESOURCE


def test_no_action_has_a_star(both: tuple[Role, Role]) -> None:
    assert [action for role in both for one in statements(role) for action in one["Action"] if "*" in action] == []


def test_only_the_tasks_roles_can_be_passed_and_only_to_tasks(both: tuple[Role, Role]) -> None:
    passing = [one for role in both for one in statements(role) if "iam:PassRole" in one["Action"]]
    account = "arn:aws:iam::111122223333:role"
    assert passing == [
        {
            "Sid": "PassRolesToTasks",
            "Effect": "Allow",
            "Action": ["iam:PassRole"],
            "Resource": [
                f"{account}/fulcrum-ecs-execution-role",
                f"{account}/fulcrum-ecs-task-role",
                f"{account}/asset-manager-run",
            ],
            "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        }
    ]


def test_a_security_group_is_ours_by_its_tags_and_a_record_by_its_name(both: tuple[Role, Role]) -> None:
    ours = {"Application": "asset-manager", "Environment": "prod"}
    for sid, kind in (("CreateGroups", "RequestTag"), ("ChangeGroups", "ResourceTag")):
        wanted = {f"aws:{kind}/{key}": value for key, value in ours.items()}
        assert named(both[1], sid)["Condition"] == {"StringEquals": wanted}
    assert "dg.leverslabs.com" in json.dumps(named(both[1], "ChangeRecord")["Condition"])


def test_the_state_of_another_environment_is_out_of_reach(both: tuple[Role, Role]) -> None:
    folder = "arn:aws:s3:::fulcrum-asset-manager-tfstate/asset-manager/prod/"
    assert named(both[0], "ReadState")["Resource"] == f"{folder}*"
    assert named(both[1], "WriteState")["Resource"] == f"{folder}*.tfstate"
    assert named(both[1], "LockState")["Resource"] == f"{folder}*.tfstate.tflock"


def test_a_key_of_ones_own_is_used_through_two_services_only(settings: Settings) -> None:
    plan, deploy = roles(settings.model_copy(update={"kms_key_arn": KEY}), REPOSITORY)
    via = {
        "StringEquals": {"kms:ViaService": ["ssm.us-west-1.amazonaws.com", "secretsmanager.us-west-1.amazonaws.com"]}
    }
    assert named(plan, "DecryptSecrets")["Action"] == ["kms:Decrypt"]
    assert named(deploy, "EncryptSecrets")["Action"] == ["kms:Encrypt", "kms:GenerateDataKey"]
    for statement in (named(plan, "DecryptSecrets"), named(deploy, "EncryptSecrets")):
        assert statement["Resource"] == KEY
        assert statement["Condition"] == via


def changed(folder: Path, values: dict[str, str]) -> Settings:
    """Those of prod's file with other values."""
    text = (ROOT / "environments" / "prod.yaml").read_text()
    for key, value in values.items():
        text, count = re.subn(rf"^( *{key}): .*$", rf"\1: {value}", text, count=1, flags=re.MULTILINE)
        assert count, key
    (folder / "prod.yaml").write_text(text)
    return load("prod", folder)


LONGEST = {
    "name": "a" * 24,
    "region": "ap-southeast-2",
    "kms_key_arn": KEY.replace("us-west-1", "ap-southeast-2"),
    "state_bucket": "s" * 63,
    "artifacts_bucket": "b" * 63,
    "access_logs_bucket": "l" * 63,
    "cluster": "c" * 64,
    "repository": "r" * 64,
    "execution_role": "e" * 64,
    "task_role": "t" * 64,
}


@pytest.mark.parametrize("values", [{}, LONGEST])
def test_aws_takes_them_however_long_the_names_are(tmp_path: Path, values: dict[str, str]) -> None:
    _, deploy = roles(changed(tmp_path, values), REPOSITORY)
    refuse_too_long(deploy.policies)
    assert len(deploy.policies) <= 10


def test_longer_than_aws_takes_is_refused_with_the_way_out(tmp_path: Path) -> None:
    _, deploy = roles(changed(tmp_path, LONGEST | {"cluster": "c" * 255, "repository": "r" * 255}), REPOSITORY)
    with pytest.raises(OperatorError, match=r"characters, and IAM allows 6144\. Shorter names .* Nothing was changed"):
        refuse_too_long(deploy.policies)


def test_one_deployments_role_changes_nothing_of_another_whose_name_begins_alike(
    both: tuple[Role, Role], tmp_path: Path
) -> None:
    """Both in one account and cluster: what is named by its ARN is told apart by it."""
    other = {"name": "asset-manager-pr-2", "artifacts_bucket": "b-pr-2", "access_logs_bucket": "l-pr-2"}
    shared = {"ReadTasks", "ChangeRolePolicies", "PassRolesToTasks", "LinkedRoles", "ChangeScaling", "TagScaling"}
    bound_otherwise = {"CreateGroups", "CreateGroupsInVpc", "ChangeGroups", "ChangeRules", "TagGroups", "WriteState"}
    left_out = shared | bound_otherwise | {"LockState", "ChangeRecord", "WatchRecord", *WITHOUT_RESOURCE}
    _, theirs = roles(changed(tmp_path, other), REPOSITORY)
    for policy, their in zip(both[1].policies[1:], theirs.policies[1:], strict=True):
        for statement, their_statement in zip(policy.document["Statement"], their.document["Statement"], strict=True):
            if statement["Sid"] in left_out:
                continue
            for pattern in listed(statement["Resource"]):
                reached = [
                    arn for arn in listed(their_statement["Resource"]) if fnmatchcase(arn.replace("*", "x"), pattern)
                ]
                assert reached == [], f"{statement['Sid']}: {pattern}"


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
