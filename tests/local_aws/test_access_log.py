"""The record of which AWS calls tasks make."""

from __future__ import annotations

import json
import sys
from typing import Any

from .local_ecs import CLUSTER, GROUP, LocalEcs

CALLS = """
import boto3
boto3.client("ecs").describe_clusters(clusters=["tests"])
boto3.client("sts").get_caller_identity()
s3 = boto3.client("s3")
s3.create_bucket(Bucket="noted", CreateBucketConfiguration={"LocationConstraint": "us-west-1"})
s3.put_object(Bucket="noted", Key="a b/c", Body=b"not kept")
s3.list_objects_v2(Bucket="noted", Prefix="a b/")
"""


def calls(local: LocalEcs, family: str) -> list[dict[str, Any]]:
    status, body = local.get("/asset-manager-api/access")
    assert status == 200
    return [call for call in json.loads(body)["calls"] if call["family"] == family]


def test_a_tasks_calls_are_kept_and_still_do_what_they_should(local: LocalEcs) -> None:
    definition = local.define("caller", [sys.executable, "-c", CALLS])
    task = local.reaches(local.run(definition)["taskArn"], "STOPPED")
    assert task["containers"][0]["exitCode"] == 0, local.output(task["taskArn"].rpartition("/")[2])
    assert local.client("s3").get_object(Bucket="noted", Key="a b/c")["Body"].read() == b"not kept"
    asked = [(call["service"], call["operation"], call["parameters"]) for call in calls(local, "caller")]
    assert asked == [
        ("ecs", "DescribeClusters", {"clusters": [CLUSTER]}),
        ("sts", "GetCallerIdentity", {"Version": "2011-06-15"}),
        ("s3", "PUT", {"path": "/noted", "query": {}}),
        ("s3", "PUT", {"path": "/noted/a b/c", "query": {}}),
        ("s3", "GET", {"path": "/noted", "query": {"list-type": "2", "prefix": "a b/", "encoding-type": "url"}}),
    ]


def others(local: LocalEcs, service: str) -> list[dict[str, Any]]:
    _, body = local.get("/asset-manager-api/access")
    return [call for call in json.loads(body)["others"] if call["service"] == service]


def test_a_call_from_outside_a_task_is_kept_once_under_its_access_key(local: LocalEcs) -> None:
    before = json.loads(local.get("/asset-manager-api/access")[1])["calls"]
    for _ in range(3):
        local.client("logs").describe_log_streams(logGroupName=GROUP)
    assert (
        others(local, "logs").count(
            {
                "key": "",
                "terraform": False,
                "service": "logs",
                "operation": "DescribeLogStreams",
                "parameters": {"logGroupName": GROUP},
            }
        )
        == 1
    )
    assert json.loads(local.get("/asset-manager-api/access")[1])["calls"] == before


def test_a_secret_that_is_stored_is_not_kept(local: LocalEcs) -> None:
    local.client("ssm").put_parameter(Name="/noted", Value="canary-access-5Vb1", Type="SecureString")
    local.client("secretsmanager").create_secret(Name="noted", SecretString="canary-access-5Vb1")
    assert [call["parameters"] for call in others(local, "ssm")] == [{"Name": "/noted", "Type": "SecureString"}]
    assert "noted" in str(others(local, "secretsmanager"))
    assert "canary-access-5Vb1" not in str(local.get("/asset-manager-api/access"))


def test_a_record_that_is_changed_is_kept_by_its_name(local: LocalEcs) -> None:
    route53 = local.client("route53")
    zone = route53.create_hosted_zone(Name="a.example", CallerReference="1")
    change = {
        "Action": "CREATE",
        "ResourceRecordSet": {
            "Name": "dg.a.example",
            "Type": "A",
            "TTL": 60,
            "ResourceRecords": [{"Value": "192.0.2.1"}],
        },
    }
    route53.change_resource_record_sets(HostedZoneId=zone["HostedZone"]["Id"], ChangeBatch={"Changes": [change]})
    (changed,) = [call for call in others(local, "route53") if call["parameters"]["path"].endswith("/rrset/")]
    assert changed["parameters"]["names"] == ["dg.a.example"]
