"""IAM policy documents of the three roles, as plain dictionaries.

What the launcher calls was recorded from dagster-aws 0.29, what S3 is asked stands in its
io_manager.py and compute_log_manager.py; a wildcard stands only where AWS has no finer resource:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]

WRITTEN = ["s3:PutObject", "s3:AbortMultipartUpload"]


def _document(*statements: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement} for statement in statements]}


def _use_of_key(sid: str, kms_key_arn: str | None, service: str, *actions: str) -> list[Document]:
    """The use of one key, through one AWS service only; nothing where there is no key."""
    if kms_key_arn is None:
        return []
    region = kms_key_arn.split(":")[3]
    via = {"StringEquals": {"kms:ViaService": f"{service}.{region}.amazonaws.com"}}
    return [{"Sid": sid, "Action": list(actions), "Resource": kms_key_arn, "Condition": via}]


@dataclass(frozen=True, kw_only=True)
class ExecutionAccess:
    """What ECS itself needs to start a task: its image, its log streams, its injected parameters."""

    repository_arn: str
    log_group_arns: Sequence[str]
    parameter_arns: Sequence[str]
    kms_key_arn: str | None = None


def execution_policy(access: ExecutionAccess) -> Document:
    """The execution role's policy; parameters are named one by one, since a task must not get its neighbour's."""
    return _document(
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
        *_use_of_key("DecryptParameters", access.kms_key_arn, "ssm", "kms:Decrypt"),
    )


@dataclass(frozen=True, kw_only=True)
class TaskAccess:
    """What web and daemon do: launch, watch and stop runs, read a failed run's log, keep and show logs."""

    ecs_arn_prefix: str
    cluster: str
    run_family: str
    run_log_group_arn: str
    bucket_arn: str
    compute_logs: str
    passed_role_arns: Sequence[str]
    kms_key_arn: str | None = None


def task_policy(access: TaskAccess) -> Document:
    """The task role's policy. `ecs_arn_prefix` is `arn:aws:ecs:<region>:<account>`, `compute_logs` a folder's name."""
    ecs = access.ecs_arn_prefix
    tasks = f"{ecs}:task/{access.cluster}/*"
    in_cluster = {"ArnEquals": {"ecs:cluster": f"{ecs}:cluster/{access.cluster}"}}
    return _document(
        {
            "Sid": "LaunchRuns",
            "Action": "ecs:RunTask",
            "Resource": f"{ecs}:task-definition/{access.run_family}:*",
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
            "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        },
        {"Sid": "TailFailedRun", "Action": "logs:GetLogEvents", "Resource": f"{access.run_log_group_arn}:*"},
        _list("ListComputeLogs", access.bucket_arn, f"{access.compute_logs}/*"),
        {
            "Sid": "KeepComputeLogs",
            "Action": ["s3:GetObject", *WRITTEN],  # Dagster deletes none: the bucket's lifecycle does
            "Resource": f"{access.bucket_arn}/{access.compute_logs}/*",
        },
        *_use_of_key("EncryptArtifacts", access.kms_key_arn, "s3", "kms:Decrypt", "kms:GenerateDataKey"),
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
    return _document(
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
        *_use_of_key("EncryptArtifacts", access.kms_key_arn, "s3", "kms:Decrypt", "kms:GenerateDataKey"),
    )


def trust_policy(region: str, account_id: str) -> Document:
    """Who may take on the run role: ECS, and only for tasks of this account and region.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
    """
    return _document(
        {
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": account_id},
                "ArnLike": {"aws:SourceArn": f"arn:aws:ecs:{region}:{account_id}:*"},
            },
        }
    )


def _list(sid: str, bucket_arn: str, *prefixes: str) -> Document:
    """The right to list below these prefixes.

    It is also what makes a missing key a 404 instead of a 403: S3 then asks it of the key itself, as the prefix
    (https://github.com/ceph/ceph/pull/68577, which follows S3 in this).
    """
    prefixed = {"StringLike": {"s3:prefix": list(prefixes)}}
    return {"Sid": sid, "Action": "s3:ListBucket", "Resource": bucket_arn, "Condition": prefixed}
