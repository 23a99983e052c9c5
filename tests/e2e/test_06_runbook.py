"""Procedures of docs/runbook.md that no other file goes through: another host, another region, a broken state."""

import json

from .deployed import Deployed
from .test_06_changes import planned, synthesize


def test_another_host_replaces_the_dns_record_and_nothing_that_holds_data(deployed: Deployed) -> None:
    deployed.tree.edit("environments/prod.yaml", r"^  host: dg\.leverslabs\.com$", "  host: dagster.leverslabs.com")
    try:
        synthesize(deployed)
        base, services = planned(deployed, "base"), planned(deployed, "services")
    finally:
        deployed.tree.edit("environments/prod.yaml", r"^  host: dagster\.leverslabs\.com$", "  host: dg.leverslabs.com")
        synthesize(deployed)
    assert base == {"aws_ssm_parameter parameters_SERVER_HOST": ["update"]}
    # That web and daemon roll shows once base has been applied: they are told SERVER_HOST by it.
    assert services == {
        "aws_route53_record dns_host": ["delete", "create"],
        "aws_cloudformation_stack web-routing_sign-in_stack": ["update"],
    }


def test_another_region_lacks_what_a_region_has_and_keeps_what_the_account_has(deployed: Deployed) -> None:
    deployed.tree.edit("environments/prod.yaml", r"^region: us-west-1$", "region: us-east-2")
    try:
        done = deployed.tree.asset_manager("bootstrap", "--dry-run", "--json", environ=deployed.environ)
    finally:
        deployed.tree.edit("environments/prod.yaml", r"^region: us-east-2$", "region: us-west-1")
    found = {finding["name"]: finding["status"] for finding in json.loads(done.stdout)}
    assert done.returncode == 14
    assert {name for name, status in found.items() if status == "failed"} == {"VPC", "cluster", "image", "certificate"}
    roles = {"role fulcrum-ecs-execution-role", "role fulcrum-ecs-task-role"}
    assert {name for name, status in found.items() if status == "ok"} >= {"hosted zone", *roles}


def test_a_broken_state_comes_back_from_its_last_version(deployed: Deployed) -> None:
    bucket, key = "fulcrum-asset-manager-tfstate", "asset-manager/prod/services.tfstate"
    sound = deployed.s3.head_object(Bucket=bucket, Key=key)["VersionId"]
    deployed.s3.put_object(Bucket=bucket, Key=key, Body=b"no state")
    refused = deployed.terraform("services", "plan", "-input=false", "-no-color")
    deployed.s3.copy_object(Bucket=bucket, Key=key, CopySource=f"{bucket}/{key}?versionId={sound}")
    assert refused.returncode == 1
    assert planned(deployed, "services") == {}
