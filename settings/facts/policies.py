"""IAM policy documents of the three roles, as plain dictionaries.

The launcher's calls were recorded from dagster-aws 0.29; its io_manager.py and compute_log_manager.py have the calls of
S3. A wildcard is the resource only if AWS has no finer one:
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
    """The resources that ECS needs to start a task: image, log groups, injected parameters."""

    repository_arn: str
    log_group_arns: Sequence[str]
    parameter_arns: Sequence[str]
    kms_key_arn: str | None = None


def execution_policy(access: ExecutionAccess) -> Document:
    """Return the execution role's policy, which lists each parameter: a task must not get another deployment's."""
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
    """The resources of web and daemon, which launch, watch and stop runs, and read and write logs.

    `compute_logs` is the name of a folder.
    """

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
            # The launcher tags every task (dagster/run_id, dagster/job_name), which needs a right of its own.
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
            "Action": ["s3:GetObject", *WRITTEN],  # Dagster deletes none: the bucket's lifecycle rules do
            "Resource": f"{access.bucket_arn}/{access.compute_logs}/*",
        },
        *use_of_key(access.kms_key_arn, "EncryptArtifacts", "Decrypt GenerateDataKey", "s3"),
    )


@dataclass(frozen=True, kw_only=True)
class RunAccess:
    """The resources of a run worker, which passes values between assets and writes logs, and uses no ECS.

    `compute_logs` and `values` are names of folders.
    """

    bucket_arn: str
    compute_logs: str
    values: str
    kms_key_arn: str | None = None


def run_policy(access: RunAccess) -> Document:
    return _allowing(
        # Dagster's IO manager first lists the bare name.
        _list("ListValues", access.bucket_arn, access.values, f"{access.values}/*"),
        {
            "Sid": "KeepValues",
            "Action": ["s3:GetObject", *WRITTEN],  # Dagster overwrites the previous value
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
    """Allow listing below these prefixes.

    With this right S3 answers 404 for a missing key instead of 403, and takes the key itself as the prefix
    (https://github.com/ceph/ceph/pull/68577, which follows S3 in this).
    """
    prefixed = {"StringLike": {"s3:prefix": list(prefixes)}}
    return {"Sid": sid, "Action": "s3:ListBucket", "Resource": bucket_arn, "Condition": prefixed}
