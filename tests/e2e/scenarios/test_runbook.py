"""Procedures of docs/runbook.md that no other file goes through: another host, another region, a broken state."""

import json
from contextlib import ExitStack

from tests.support.deployed import Deployed
from tests.support.planning import planned, synthesize
from tests.support.signing_in import listener_rules

OLD, NEW = "dg.leverslabs.com", "dagster.leverslabs.com"


def deploy_at(deployed: Deployed, old: str, new: str) -> None:
    """Both stacks, with this host in the environment file; validated."""
    dotted = old.replace(".", r"\.")
    deployed.tree.edit("environments/prod.yaml", rf"^  host: {dotted}$", f"  host: {new}")
    done = deployed.tree.asset_manager("deploy", "--yes", environ=deployed.environ)
    assert done.returncode == 0, done.stdout + done.stderr


def test_another_host_replaces_the_dns_record_and_nothing_that_holds_data(deployed: Deployed) -> None:
    deployed.tree.edit("environments/prod.yaml", r"^  host: dg\.leverslabs\.com$", f"  host: {NEW}")
    try:
        synthesize(deployed)
        base, services = planned(deployed, "base"), planned(deployed, "services")
    finally:
        deployed.tree.edit("environments/prod.yaml", r"^  host: dagster\.leverslabs\.com$", f"  host: {OLD}")
        synthesize(deployed)
    assert base == {"aws_ssm_parameter parameters_SERVER_HOST": ["update"]}
    # That web and daemon roll shows once base has been applied: they are told SERVER_HOST by it.
    assert services == {
        "aws_route53_record dns_host": ["delete", "create"],
        "aws_cloudformation_stack web-routing_sign-in_stack": ["update"],
        **{
            f"aws_lb_listener_rule web-routing_cross-site_{rule}": ["update"]
            for rule in ("query-by-link", "post", "subresource", "frame", "graphql")
        },
    }


def test_deployed_users_come_in_by_the_new_host_and_the_old_file_goes_back(
    deployed: Deployed, restore: ExitStack
) -> None:
    restore.callback(deploy_at, deployed, NEW, OLD)
    deploy_at(deployed, OLD, NEW)
    assert where_users_come_in(deployed) == (NEW, NEW, f"https://{NEW}")
    restore.close()
    assert where_users_come_in(deployed) == (OLD, OLD, f"https://{OLD}")


def where_users_come_in(deployed: Deployed) -> tuple[str, str, str]:
    """By the only alias in the zone, by the rule that signs them in, and as Dagster's tasks are told it."""
    (zone,) = deployed.route53.list_hosted_zones()["HostedZones"]
    records = deployed.route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    (alias,) = [record["Name"].rstrip(".") for record in records if record["Type"] == "A"]
    (rule,) = listener_rules(deployed)
    (host,) = rule["Conditions"][0]["HostHeaderConfig"]["Values"]
    told = deployed.ssm.get_parameter(Name="/asset-manager/SERVER_HOST")["Parameter"]["Value"]
    return alias, host, told


def test_another_region_lacks_what_a_region_has_and_keeps_what_the_account_has(deployed: Deployed) -> None:
    deployed.tree.edit("environments/prod.yaml", r"^region: us-west-1$", "region: us-east-2")
    try:
        done = deployed.tree.asset_manager("bootstrap", "--dry-run", "--json", environ=deployed.environ)
    finally:
        deployed.tree.edit("environments/prod.yaml", r"^region: us-east-2$", "region: us-west-1")
    found = {finding["name"]: finding["status"] for finding in json.loads(done.stdout)}
    assert done.returncode == 6
    # A bucket is in one region for good.
    lacking = {"state bucket", "VPC", "cluster", "image", "certificate"}
    assert {name for name, status in found.items() if status == "failed"} == lacking
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
