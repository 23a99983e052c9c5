"""The reading of IAM policies by which tests/e2e/smoke/test_access.py judges recorded calls."""

from typing import Any

import pytest

from tests.support.authorization import Grant, Need, allowing, granted, needs

CLUSTER, TASK = "arn:aws:ecs:us-west-1:1:cluster/dagster", "arn:aws:ecs:us-west-1:1:task/dagster/0123"
RUN = "arn:aws:ecs:us-west-1:1:task-definition/run:3"
ROLES = ["arn:aws:iam::1:role/execution", "arn:aws:iam::1:role/run"]
BUCKET = "arn:aws:s3:::artifacts"


def call(service: str, operation: str, **parameters: Any) -> dict[str, Any]:
    return {"service": service, "operation": operation, "parameters": parameters}


def s3(method: str, path: str, **query: str) -> dict[str, Any]:
    return call("s3", method, path=path, query=query)


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        (call("ecs", "DescribeTaskDefinition", taskDefinition=RUN), [Need("ecs:DescribeTaskDefinition", "*")]),
        (
            call("ecs", "DescribeTasks", tasks=[TASK, TASK + "4"], cluster=CLUSTER),
            [Need("ecs:DescribeTasks", arn, {"ecs:cluster": CLUSTER}) for arn in (TASK, TASK + "4")],
        ),
        (call("ecs", "StopTask", task=TASK, cluster=CLUSTER), [Need("ecs:StopTask", TASK, {"ecs:cluster": CLUSTER})]),
        (
            call("ecs", "RunTask", taskDefinition=RUN, cluster=CLUSTER, tags=[{"key": "dagster/run_id"}]),
            [
                Need("ecs:RunTask", RUN, {"ecs:cluster": CLUSTER}),
                Need("ecs:TagResource", "arn:aws:ecs:us-west-1:1:task/dagster/new", {"ecs:CreateAction": "RunTask"}),
                *[Need("iam:PassRole", role, {"iam:PassedToService": "ecs-tasks.amazonaws.com"}) for role in ROLES],
            ],
        ),
        (
            call("logs", "GetLogEvents", logGroupName="a/b", logStreamName="ecs/run/1"),
            [Need("logs:GetLogEvents", "arn:aws:logs:us-west-1:1:log-group:a/b:log-stream:ecs/run/1")],
        ),
        (s3("GET", "/artifacts", prefix="io/x"), [Need("s3:ListBucket", BUCKET, {"s3:prefix": "io/x"})]),
        (s3("HEAD", "/artifacts"), [Need("s3:ListBucket", BUCKET)]),
        (s3("HEAD", "/artifacts/io/x"), [Need("s3:GetObject", BUCKET + "/io/x")]),
        (s3("PUT", "/artifacts/io/x", partNumber="1", uploadId="u"), [Need("s3:PutObject", BUCKET + "/io/x")]),
        (s3("POST", "/artifacts/io/x", uploads=""), [Need("s3:PutObject", BUCKET + "/io/x")]),
        (s3("DELETE", "/artifacts/io/x"), [Need("s3:DeleteObject", BUCKET + "/io/x")]),
        (s3("DELETE", "/artifacts/io/x", uploadId="u"), [Need("s3:AbortMultipartUpload", BUCKET + "/io/x")]),
    ],
)
def test_a_call_needs(recorded: dict[str, Any], expected: list[Need]) -> None:
    assert list(needs(recorded, "us-west-1:1", lambda _: ROLES)) == expected


def test_a_call_that_nobody_looked_up_is_reported() -> None:
    with pytest.raises(LookupError, match="DeleteCluster"):
        list(needs(call("ecs", "DeleteCluster"), "us-west-1:1", lambda _: ROLES))


@pytest.mark.parametrize(
    ("statement", "need", "allowed"),
    [
        ({"Action": "s3:GetObject", "Resource": f"{BUCKET}/io/*"}, Need("s3:GetObject", f"{BUCKET}/io/a/b"), True),
        ({"Action": "s3:GetObject", "Resource": f"{BUCKET}/io/*"}, Need("s3:GetObject", f"{BUCKET}/logs/a"), False),
        ({"Action": "s3:GetObject", "Resource": f"{BUCKET}/io/*"}, Need("s3:PutObject", f"{BUCKET}/io/a"), False),
        ({"Action": ["s3:Get*", "s3:PutObject"], "Resource": "*"}, Need("s3:GetObject", BUCKET), True),
        # No regular expression: a dot is a dot.
        ({"Action": "s3:GetObject", "Resource": "a.b"}, Need("s3:GetObject", "axb"), False),
        (
            {"Action": "ecs:StopTask", "Resource": "*", "Condition": {"ArnEquals": {"ecs:cluster": CLUSTER}}},
            Need("ecs:StopTask", TASK, {"ecs:cluster": CLUSTER}),
            True,
        ),
        (
            {"Action": "ecs:StopTask", "Resource": "*", "Condition": {"ArnEquals": {"ecs:cluster": CLUSTER}}},
            Need("ecs:StopTask", TASK, {"ecs:cluster": CLUSTER + "2"}),
            False,
        ),
        # What the request does not carry meets no condition.
        (
            {"Action": "s3:ListBucket", "Resource": BUCKET, "Condition": {"StringLike": {"s3:prefix": ["io", "io/*"]}}},
            Need("s3:ListBucket", BUCKET),
            False,
        ),
        (
            {"Action": "s3:ListBucket", "Resource": BUCKET, "Condition": {"StringLike": {"s3:prefix": ["io", "io/*"]}}},
            Need("s3:ListBucket", BUCKET, {"s3:prefix": "io/a"}),
            True,
        ),
        # A star is a star to StringEquals.
        (
            {"Action": "s3:ListBucket", "Resource": BUCKET, "Condition": {"StringEquals": {"s3:prefix": "io/*"}}},
            Need("s3:ListBucket", BUCKET, {"s3:prefix": "io/a"}),
            False,
        ),
    ],
)
def test_a_statement_allows(statement: dict[str, Any], need: Need, allowed: bool) -> None:
    policy = {"Statement": [{"Effect": "Allow", "Sid": "It", **statement}]}
    assert bool(allowing(need, "role", [policy])) is allowed


def test_all_that_a_role_may_do_is_reported_by_statement_and_action() -> None:
    first = {"Effect": "Allow", "Sid": "One", "Action": ["a:X", "a:Y"], "Resource": "*"}
    second = {"Effect": "Allow", "Sid": "Two", "Action": "a:X", "Resource": "*"}
    assert granted("role", [{"Statement": [first]}, {"Statement": [second]}]) == {
        Grant("role", "One", "a:X"),
        Grant("role", "One", "a:Y"),
        Grant("role", "Two", "a:X"),
    }
