"""Policy documents."""

from typing import Any

from settings.facts.policies import (
    ExecutionAccess,
    RunAccess,
    TaskAccess,
    execution_policy,
    run_policy,
    task_policy,
)

EXECUTION = execution_policy(
    ExecutionAccess(
        repository_arn="arn:repository",
        log_group_arns=["arn:web", "arn:runs"],
        parameter_arns=["arn:parameter/a", "arn:parameter/b"],
    )
)
TASK = task_policy(
    TaskAccess(
        region="us-west-1",
        account_id="111122223333",
        cluster="asset-manager",
        run_family="asset-manager-run",
        run_log_group_arn="arn:runs",
        bucket_arn="arn:aws:s3:::artifacts",
        compute_logs="compute-logs",
        passed_role_arns=["arn:task-role", "arn:execution-role"],
    )
)
RUN = run_policy(RunAccess(bucket_arn="arn:aws:s3:::artifacts", compute_logs="compute-logs", values="io"))


def statement(document: dict[str, Any], sid: str) -> dict[str, Any]:
    (found,) = [one for one in document["Statement"] if one["Sid"] == sid]
    assert isinstance(found, dict)
    return found


def actions(document: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    for one in document["Statement"]:
        found |= {one["Action"]} if isinstance(one["Action"], str) else set(one["Action"])
    return found


def test_the_execution_role_reads_exactly_the_injected_parameters() -> None:
    assert statement(EXECUTION, "InjectParameters") == {
        "Sid": "InjectParameters",
        "Effect": "Allow",
        "Action": "ssm:GetParameters",
        "Resource": ["arn:parameter/a", "arn:parameter/b"],
    }


def test_the_execution_role_creates_streams_but_no_log_group() -> None:
    assert statement(EXECUTION, "WriteLogs")["Resource"] == ["arn:web:*", "arn:runs:*"]
    assert "logs:CreateLogGroup" not in actions(EXECUTION)


def test_the_task_role_holds_what_the_launcher_calls_and_nothing_else() -> None:
    assert actions(TASK) == {
        "ecs:RunTask",
        "ecs:TagResource",
        "ecs:DescribeTasks",
        "ecs:StopTask",
        "ecs:DescribeTaskDefinition",
        "iam:PassRole",
        "logs:GetLogEvents",
        "s3:ListBucket",
        "s3:GetObject",
        "s3:PutObject",
        "s3:AbortMultipartUpload",
    }


def test_only_the_run_family_can_be_launched_and_only_in_the_cluster() -> None:
    run = statement(TASK, "LaunchRuns")
    assert run["Resource"] == "arn:aws:ecs:us-west-1:111122223333:task-definition/asset-manager-run:*"
    assert run["Condition"] == {
        "ArnEquals": {"ecs:cluster": "arn:aws:ecs:us-west-1:111122223333:cluster/asset-manager"}
    }


def test_exactly_two_roles_can_be_passed_and_only_to_ecs_tasks() -> None:
    passed = statement(TASK, "PassRolesToRuns")
    assert passed["Resource"] == ["arn:task-role", "arn:execution-role"]
    assert passed["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}


def test_a_run_reads_and_writes_values_and_only_writes_logs() -> None:
    assert statement(RUN, "KeepValues")["Resource"] == "arn:aws:s3:::artifacts/io/*"
    assert statement(RUN, "KeepValues")["Action"] == ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"]
    assert statement(RUN, "WriteComputeLogs")["Resource"] == "arn:aws:s3:::artifacts/compute-logs/*"
    assert statement(RUN, "WriteComputeLogs")["Action"] == ["s3:PutObject", "s3:AbortMultipartUpload"]
    listed = statement(RUN, "ListValues")["Condition"]
    assert listed == {"StringLike": {"s3:prefix": ["io", "io/*"]}}


def test_a_wildcard_resource_stands_only_where_aws_has_no_finer_one() -> None:
    wildcards = {
        one["Sid"] for document in (EXECUTION, TASK, RUN) for one in document["Statement"] if one["Resource"] == "*"
    }
    assert wildcards == {"RegistryLogin", "ResolveRunDefinition"}
