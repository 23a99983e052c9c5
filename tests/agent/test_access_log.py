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


def test_the_calls_of_nobodys_task_are_not_kept(local: LocalEcs) -> None:
    before = local.get("/asset-manager-api/access")
    local.client("logs").describe_log_streams(logGroupName=GROUP)
    assert local.get("/asset-manager-api/access") == before
