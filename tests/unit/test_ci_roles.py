"""The roles of CI: who takes them on, how far they reach, and whether AWS would take their policies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ops.ci.roles import Role, roles
from ops.errors import OperatorError
from stacks.settings import Settings, load

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
    own = role.own.document["Statement"] if role.own else []
    return [*role.shared.document["Statement"], *own]


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
    with pytest.raises(OperatorError, match="no repository of GitHub's"):
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


def test_aws_takes_them_however_long_the_names_are(tmp_path: Path) -> None:
    """6,144 characters at most for a managed policy, 10,240 for all inline ones of a role.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    text = (Path(__file__).parents[2] / "environments" / "prod.yaml").read_text()
    longest = text.replace("name: asset-manager", f"name: {'a' * 24}", 1).replace(
        "kms_key_arn: null", f"kms_key_arn: {KEY}"
    )
    (tmp_path / "prod.yaml").write_text(longest)
    for environment, folder in (("prod", tmp_path), ("staging", None)):
        found = load(environment, folder) if folder else load(environment)
        _, deploy = roles(found, REPOSITORY)
        assert deploy.own
        assert len(json.dumps(deploy.shared.document, separators=(",", ":"))) <= 6_144
        assert len(json.dumps(deploy.own.document, separators=(",", ":"))) <= 10_240
