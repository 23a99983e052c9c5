"""What tasks and runs may do, as IAM says it of the deployed policies."""

import json
from typing import Any

from tests.support.deployed import Deployed

BUCKET_ARN = "arn:aws:s3:::asset-manager-artifacts"
WRITTEN = ["s3:PutObject", "s3:AbortMultipartUpload"]


def statements(deployed: Deployed, role: str, policy: str) -> dict[str, Any]:
    """What a role's policy allows, by the statement's name."""
    document: Any = deployed.iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    parsed = json.loads(document) if isinstance(document, str) else document
    assert {statement["Effect"] for statement in parsed["Statement"]} == {"Allow"}
    return {
        statement["Sid"]: {key: value for key, value in statement.items() if key not in ("Sid", "Effect")}
        for statement in parsed["Statement"]
    }


def test_the_task_role_may_do_what_dagster_does_and_no_more(deployed: Deployed) -> None:
    ecs = "arn:aws:ecs:us-west-1:111122223333"
    in_cluster = {"ArnEquals": {"ecs:cluster": f"{ecs}:cluster/asset-manager"}}
    assert statements(deployed, "fulcrum-ecs-task-role", "asset-manager-task") == {
        "LaunchRuns": {
            "Action": "ecs:RunTask",
            "Resource": f"{ecs}:task-definition/asset-manager-run:*",
            "Condition": in_cluster,
        },
        "TagLaunchedRuns": {
            "Action": "ecs:TagResource",
            "Resource": f"{ecs}:task/asset-manager/*",
            "Condition": {"StringEquals": {"ecs:CreateAction": "RunTask"}},
        },
        "WatchAndStopRuns": {
            "Action": ["ecs:DescribeTasks", "ecs:StopTask"],
            "Resource": f"{ecs}:task/asset-manager/*",
            "Condition": in_cluster,
        },
        "ResolveRunDefinition": {"Action": "ecs:DescribeTaskDefinition", "Resource": "*"},
        "PassRolesToRuns": {
            "Action": "iam:PassRole",
            "Resource": [
                "arn:aws:iam::111122223333:role/fulcrum-ecs-execution-role",
                "arn:aws:iam::111122223333:role/asset-manager-run",
            ],
            "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        },
        "TailFailedRun": {
            "Action": "logs:GetLogEvents",
            "Resource": "arn:aws:logs:us-west-1:111122223333:log-group:fulcrum/asset-manager/runs:*",
        },
        "ListComputeLogs": {
            "Action": "s3:ListBucket",
            "Resource": BUCKET_ARN,
            "Condition": {"StringLike": {"s3:prefix": ["compute-logs/*"]}},
        },
        "KeepComputeLogs": {
            "Action": ["s3:GetObject", *WRITTEN],
            "Resource": f"{BUCKET_ARN}/compute-logs/*",
        },
    }


def test_a_run_may_keep_values_and_write_its_logs_and_no_more(deployed: Deployed) -> None:
    assert statements(deployed, "asset-manager-run", "asset-manager-run") == {
        "ListValues": {
            "Action": "s3:ListBucket",
            "Resource": BUCKET_ARN,
            "Condition": {"StringLike": {"s3:prefix": ["io", "io/*"]}},
        },
        "KeepValues": {"Action": ["s3:GetObject", *WRITTEN], "Resource": f"{BUCKET_ARN}/io/*"},
        "WriteComputeLogs": {
            "Action": WRITTEN,
            "Resource": f"{BUCKET_ARN}/compute-logs/*",
        },
    }
