"""The runs' own role, and what the launcher may hand on."""

import json

from asset_manager.storage import PREFIX
from settings.facts.bucket_rules import IO_ARTIFACTS
from tests.support.repository import ROOT

from .stack import FAMILIES, Stack

ROLE = "asset-manager-run"


def statements(services: Stack, role: str) -> list[dict[str, object]]:
    found = json.loads(services.resource("aws_iam_role_policy", role=role)["policy"])["Statement"]
    assert isinstance(found, list)
    return found


def run_role(services: Stack) -> str:
    return f"${{{services.address('aws_iam_role', name=ROLE)}.name}}"


def test_only_ecs_of_this_account_and_region_takes_the_role_on(services: Stack) -> None:
    (statement,) = json.loads(services.resource("aws_iam_role", name=ROLE)["assume_role_policy"])["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": "111122223333"},
            "ArnLike": {"aws:SourceArn": "arn:aws:ecs:us-west-1:111122223333:*"},
        },
    }


def test_runs_act_in_it_and_web_and_daemon_do_not(services: Stack) -> None:
    address = services.address("aws_iam_role", name=ROLE)
    roles = {
        task: services.resource("aws_ecs_task_definition", family=family)["task_role_arn"]
        for task, family in FAMILIES.items()
    }
    assert roles["run"] == f"${{{address}.arn}}"
    assert roles["web"] == roles["daemon"] != roles["run"]


def test_a_run_has_none_of_the_launchers_rights(services: Stack) -> None:
    actions = {action for one in statements(services, run_role(services)) for action in as_list(one["Action"])}
    assert {action.partition(":")[0] for action in actions} == {"s3"}


def test_s3_is_open_below_two_folders_and_nowhere_else(services: Stack) -> None:
    for role, folders in ((run_role(services), {"io", "compute-logs"}), ("fulcrum-ecs-task-role", {"compute-logs"})):
        for statement in statements(services, role):
            if "s3:ListBucket" in as_list(statement["Action"]):
                condition = statement["Condition"]
                assert isinstance(condition, dict)
                assert {prefix.partition("/")[0] for prefix in condition["StringLike"]["s3:prefix"]} <= folders
            elif "s3:PutObject" in as_list(statement["Action"]):
                assert str(statement["Resource"]).endswith(tuple(f"/{folder}/*" for folder in folders))


def test_the_folders_are_those_that_dagster_writes_to() -> None:
    assert IO_ARTIFACTS == PREFIX
    assert "prefix: compute-logs" in (ROOT / "dagster" / "dagster.yaml").read_text()


def as_list(value: object) -> list[str]:
    assert isinstance(value, str | list)
    return [value] if isinstance(value, str) else [str(one) for one in value]
