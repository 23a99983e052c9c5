"""IAM policy documents of the three roles, as plain dictionaries.

What the launcher calls was recorded from dagster-aws 0.29, what S3 is asked stands in its
io_manager.py and compute_log_manager.py; a wildcard stands only where AWS has no finer resource:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from settings.facts.arn import arn
from settings.facts.statements import Document, document, use_of_key

ECS_TASKS = "ecs-tasks.amazonaws.com"
WRITTEN = ["s3:PutObject", "s3:AbortMultipartUpload"]


def _allowing(*statements: Document) -> Document:
    return document(*({"Effect": "Allow", **statement} for statement in statements))


@dataclass(frozen=True, kw_only=True)
class ExecutionAccess:
    """What ECS itself needs to start a task: its image, its log streams, its injected parameters."""

    repository_arn: str
    log_group_arns: Sequence[str]
    parameter_arns: Sequence[str]
    kms_key_arn: str | None = None


def execution_policy(access: ExecutionAccess) -> Document:
    """The execution role's policy; parameters are named one by one, since a task must not get its neighbour's."""
    return _allowing(
        {"Sid": "RegistryLogin", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
        {
            "Sid": "PullImage",
            "Action": ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            "Resource": access.repository_arn,
        },
        {
            "Sid": "WriteLogs",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": [f"{arn}:*" for arn in access.log_group_arns],
        },
        {"Sid": "InjectParameters", "Action": "ssm:GetParameters", "Resource": list(access.parameter_arns)},
        *use_of_key(access.kms_key_arn, "DecryptParameters", "Decrypt", "ssm"),
    )


@dataclass(frozen=True, kw_only=True)
class TaskAccess:
    """What web and daemon do: launch, watch and stop runs, read a failed run's log, keep and show logs."""

    region: str
    account_id: str
    cluster: str
    run_family: str
    run_log_group_arn: str
    bucket_arn: str
    compute_logs: str
    passed_role_arns: Sequence[str]
    kms_key_arn: str | None = None


def task_policy(access: TaskAccess) -> Document:
    """The task role's policy. `ecs_arn_prefix` is `arn:aws:ecs:<region>:<account>`, `compute_logs` a folder's name."""
    ecs = partial(arn, "ecs", region=access.region, account_id=access.account_id)
    tasks = ecs(f"task/{access.cluster}/*")
    in_cluster = {"ArnEquals": {"ecs:cluster": ecs(f"cluster/{access.cluster}")}}
    return _allowing(
        {
            "Sid": "LaunchRuns",
            "Action": "ecs:RunTask",
            "Resource": ecs(f"task-definition/{access.run_family}:*"),
            "Condition": in_cluster,
        },
        {
            # RunTask always carries tags (dagster/run_id, dagster/job_name), which is a right of its own.
            "Sid": "TagLaunchedRuns",
            "Action": "ecs:TagResource",
            "Resource": tasks,
            "Condition": {"StringEquals": {"ecs:CreateAction": "RunTask"}},
        },
        {
            "Sid": "WatchAndStopRuns",
            "Action": ["ecs:DescribeTasks", "ecs:StopTask"],
            "Resource": tasks,
            "Condition": in_cluster,
        },
        {"Sid": "ResolveRunDefinition", "Action": "ecs:DescribeTaskDefinition", "Resource": "*"},
        {
            "Sid": "PassRolesToRuns",
            "Action": "iam:PassRole",
            "Resource": list(access.passed_role_arns),
            "Condition": {"StringEquals": {"iam:PassedToService": ECS_TASKS}},
        },
        {"Sid": "TailFailedRun", "Action": "logs:GetLogEvents", "Resource": f"{access.run_log_group_arn}:*"},
        _list("ListComputeLogs", access.bucket_arn, f"{access.compute_logs}/*"),
        {
            "Sid": "KeepComputeLogs",
            "Action": ["s3:GetObject", *WRITTEN],  # Dagster deletes none: the bucket's lifecycle does
            "Resource": f"{access.bucket_arn}/{access.compute_logs}/*",
        },
        *use_of_key(access.kms_key_arn, "EncryptArtifacts", "Decrypt GenerateDataKey", "s3"),
    )


@dataclass(frozen=True, kw_only=True)
class RunAccess:
    """What a run worker does: hand values from asset to asset, and leave its output. Nothing of ECS."""

    bucket_arn: str
    compute_logs: str
    values: str
    kms_key_arn: str | None = None


def run_policy(access: RunAccess) -> Document:
    """The run role's policy; `compute_logs` and `values` are names of folders."""
    return _allowing(
        # Dagster's IO manager begins by listing the bare name.
        _list("ListValues", access.bucket_arn, access.values, f"{access.values}/*"),
        {
            "Sid": "KeepValues",
            "Action": ["s3:GetObject", *WRITTEN],  # Dagster writes a value over its predecessor
            "Resource": f"{access.bucket_arn}/{access.values}/*",
        },
        {
            "Sid": "WriteComputeLogs",
            "Action": WRITTEN,
            "Resource": f"{access.bucket_arn}/{access.compute_logs}/*",
        },
        *use_of_key(access.kms_key_arn, "EncryptArtifacts", "Decrypt GenerateDataKey", "s3"),
    )


def ecs_trust(account_id: str, region: str) -> Document:
    """Let ECS assume a role for tasks of this account and region: without the condition any account's tasks could.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
    """
    return {
        "Effect": "Allow",
        "Principal": {"Service": ECS_TASKS},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": account_id},
            "ArnLike": {"aws:SourceArn": arn("ecs", "*", region, account_id)},
        },
    }


def trust_policy(account_id: str, region: str) -> Document:
    """Return the trust of a role for this deployment's tasks."""
    return document(ecs_trust(account_id, region))


def topic_policy(topic_arn: str, account_id: str) -> Document:
    """Let this account's alarms publish to the topic, and EventBridge.

    EventBridge sends nothing to a topic whose policy has a condition:
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
    """
    publish = {"Effect": "Allow", "Action": "sns:Publish", "Resource": topic_arn}
    of_account = {"StringEquals": {"aws:SourceAccount": account_id}}
    return document(
        {**publish, "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Condition": of_account},
        {**publish, "Principal": {"Service": "events.amazonaws.com"}},
    )


def _list(sid: str, bucket_arn: str, *prefixes: str) -> Document:
    """The right to list below these prefixes.

    It is also what makes a missing key a 404 instead of a 403: S3 then asks it of the key itself, as the prefix
    (https://github.com/ceph/ceph/pull/68577, which follows S3 in this).
    """
    prefixed = {"StringLike": {"s3:prefix": list(prefixes)}}
    return {"Sid": sid, "Action": "s3:ListBucket", "Resource": bucket_arn, "Condition": prefixed}
