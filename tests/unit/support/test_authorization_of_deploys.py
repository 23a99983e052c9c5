"""The reading of Terraform's calls by which tests/e2e/scenarios/test_ci_roles.py judges the roles of CI."""

from typing import Any

import pytest

from tests.support.authorization import Need, allowing
from tests.support.authorization_of_deploys import Calls

TAGS = {"Application": "app"}
CALLS = Calls("us-west-1", "1", lambda _: TAGS, lambda _: ["arn:e", "arn:t"])
CLUSTER = {"ecs:cluster": "arn:aws:ecs:us-west-1:1:cluster/dagster"}
TASKS = {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
OF_ECS = {"application-autoscaling:service-namespace": "ecs"}
BUCKET = "arn:aws:s3:::artifacts"
LISTENER = "arn:aws:elasticloadbalancing:us-west-1:111122223333:listener/app/alb/1/2"
SECRET = "arn:aws:secretsmanager:us-west-1:1:secret:app/CLIENT-AbCdEf"  # noqa: S105
TEMPLATE = f'{{"ListenerArn": "{LISTENER}", "ClientSecret": "{{{{resolve:secretsmanager:app/CLIENT:SecretString}}}}"}}'


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:us-west-1:1:{resource}"


def rest(path: str, **query: str) -> dict[str, Any]:
    return {"path": path, "query": query}


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "expected"),
    [
        ("sts", "GetCallerIdentity", {}, []),
        ("ec2", "DescribeVpcs", {"Filter.1.Name": "tag:Name"}, [Need("ec2:DescribeVpcs", "*")]),
        ("s3", "GET", rest("/artifacts", **{"object-lock": ""}), [Need("s3:GetBucketObjectLockConfiguration", BUCKET)]),
        ("s3", "PUT", rest("/artifacts", lifecycle=""), [Need("s3:PutLifecycleConfiguration", BUCKET)]),
        ("s3", "PUT", rest("/artifacts"), [Need("s3:CreateBucket", BUCKET)]),
        (
            "s3",
            "PUT",
            rest("/artifacts/a.tflock", **{"x-id": "PutObject"}),
            [Need("s3:PutObject", f"{BUCKET}/a.tflock")],
        ),
        (
            "ssm",
            "PutParameter",
            {"Name": "/app/A", "Tags": [{"Key": "a", "Value": "b"}]},
            [Need(f"ssm:{action}", arn("ssm", "parameter/app/A")) for action in ("PutParameter", "AddTagsToResource")],
        ),
        (
            "ecs",
            "UpdateService",
            {"cluster": "dagster", "service": "arn:aws:ecs:us-west-1:1:service/dagster/web"},
            [Need("ecs:UpdateService", arn("ecs", "service/dagster/web"), CLUSTER)],
        ),
        (
            "ecs",
            "RunTask",
            {"cluster": "dagster", "taskDefinition": arn("ecs", "task-definition/daemon:3")},
            [
                Need("ecs:RunTask", arn("ecs", "task-definition/daemon:3"), CLUSTER),
                *[Need("iam:PassRole", role, TASKS) for role in ("arn:e", "arn:t")],
            ],
        ),
        (
            "logs",
            "GetLogEvents",
            {"logGroupName": "app/daemon", "logStreamName": "ecs/daemon/1"},
            [Need("logs:GetLogEvents", arn("logs", "log-group:app/daemon:log-stream:any"))],
        ),
        (
            "ecs",
            "RegisterTaskDefinition",
            {"family": "run", "executionRoleArn": "arn:e", "taskRoleArn": "arn:t", "tags": [{"key": "a"}]},
            [
                Need("ecs:RegisterTaskDefinition", arn("ecs", "task-definition/run:1")),
                Need("ecs:TagResource", arn("ecs", "task-definition/run:1")),
                Need("iam:PassRole", "arn:e", TASKS),
                Need("iam:PassRole", "arn:t", TASKS),
            ],
        ),
        (
            "ec2",
            "CreateSecurityGroup",
            {"VpcId": "vpc-1", "TagSpecification.1.Tag.1.Key": "Application", "TagSpecification.1.Tag.1.Value": "app"},
            [
                Need(
                    "ec2:CreateSecurityGroup",
                    arn("ec2", "security-group/sg-new"),
                    {"aws:RequestTag/Application": "app"},
                ),
                Need("ec2:CreateSecurityGroup", arn("ec2", "vpc/vpc-1")),
                Need(
                    "ec2:CreateTags", arn("ec2", "security-group/sg-new"), {"ec2:CreateAction": "CreateSecurityGroup"}
                ),
            ],
        ),
        (
            "ec2",
            "RevokeSecurityGroupEgress",
            {"GroupId": "sg-1"},
            [
                Need(
                    "ec2:RevokeSecurityGroupEgress",
                    arn("ec2", "security-group/sg-1"),
                    {"aws:ResourceTag/Application": "app"},
                )
            ],
        ),
        (
            "application-autoscaling",
            "DeleteScalingPolicy",
            {"ResourceId": "service/dagster/web", "ServiceNamespace": "ecs"},
            [
                Need(
                    "application-autoscaling:DeleteScalingPolicy",
                    arn("application-autoscaling", "scalable-target/0123"),
                    OF_ECS,
                ),
                Need(
                    "cloudwatch:DeleteAlarms", arn("cloudwatch", "alarm:TargetTracking-service/dagster/web-AlarmHigh-1")
                ),
            ],
        ),
        (
            "monitoring",
            "PutDashboard",
            {"DashboardName": "app"},
            [Need("cloudwatch:PutDashboard", "arn:aws:cloudwatch::1:dashboard/app")],
        ),
        (
            "cloudformation",
            "CreateStack",
            {"StackName": "app-sign-in", "TemplateBody": TEMPLATE},
            [
                Need("cloudformation:CreateStack", arn("cloudformation", "stack/app-sign-in/1")),
                Need("elasticloadbalancing:CreateRule", LISTENER),
                Need("elasticloadbalancing:AddTags", LISTENER.replace("listener/", "listener-rule/") + "/new"),
                Need("secretsmanager:GetSecretValue", SECRET),
            ],
        ),
        (
            "route53",
            "POST",
            {**rest("/2013-04-01/hostedzone/Z1/rrset/"), "names": ["dg.example.com."]},
            [
                Need(
                    "route53:ChangeResourceRecordSets",
                    "arn:aws:route53:::hostedzone/Z1",
                    {"route53:ChangeResourceRecordSetsNormalizedRecordNames": "dg.example.com"},
                )
            ],
        ),
    ],
)
def test_a_call_needs(service: str, operation: str, parameters: dict[str, Any], expected: list[Need]) -> None:
    call = {"service": service, "operation": operation, "parameters": parameters}
    assert list(CALLS.needs(call)) == expected


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("ec2", "RunInstances", {}),
        ("kms", "Decrypt", {"KeyId": "1"}),
        ("route53", "DELETE", rest("/2013-04-01/hostedzone/Z")),
    ],
)
def test_a_call_that_nobody_looked_up_is_reported(service: str, operation: str, parameters: dict[str, Any]) -> None:
    with pytest.raises(LookupError, match="needs is not known"):
        list(CALLS.needs({"service": service, "operation": operation, "parameters": parameters}))


@pytest.mark.parametrize(("names", "allowed"), [("dg.a.example", True), ("dg.a.example www.a.example", False)])
def test_all_names_of_a_change_have_to_be_allowed(names: str, allowed: bool) -> None:
    key = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
    condition = {"ForAllValues:StringEquals": {key: ["dg.a.example"]}}
    statement = {"Effect": "Allow", "Sid": "It", "Action": ["a:X"], "Resource": "*", "Condition": condition}
    assert bool(allowing(Need("a:X", "*", {key: names}), "role", [{"Statement": [statement]}])) is allowed
