"""`asset-manager validate`, of the network: one zone, a rule missing or one too many, a name that leads elsewhere."""

from contextlib import ExitStack
from typing import Any

from ops.checking.report import Check
from ops.dagster_api.deployment import Deployment
from tests.support.deployed import Deployed
from tests.support.validating import assert_ok, broken


def test_a_revoked_rule_is_named_and_deploying_again_fixes_it(
    deployed: Deployed, deployment: Deployment, standing: list[Check], restore: ExitStack
) -> None:
    groups = deployment.ec2.describe_security_groups()["SecurityGroups"]
    ids = {group["GroupName"]: group["GroupId"] for group in groups}
    peer = {"GroupId": ids["asset-manager-alb-sg"]}
    web: Any = {"IpProtocol": "tcp", "FromPort": 3000, "ToPort": 3000, "UserIdGroupPairs": [peer]}
    restore.callback(deployed.terraform, "base", "apply", "-input=false", "-auto-approve", "-no-color")
    deployment.ec2.revoke_security_group_ingress(GroupId=ids["asset-manager-services-sg"], IpPermissions=[web])
    found = broken(standing, "security group asset-manager-services-sg")["security group asset-manager-services-sg"]
    assert found.why == "missing: in tcp 3000 from asset-manager-alb-sg"
    assert found.next == "Deploy again: make deploy; on the laptop make local."
    restore.close()
    assert_ok(standing)


def test_a_rule_that_is_not_in_the_stack_is_named(
    deployment: Deployment, standing: list[Check], restore: ExitStack
) -> None:
    named: Any = {"Name": "group-name", "Values": ["asset-manager-alb-sg"]}
    (group,) = deployment.ec2.describe_security_groups(Filters=[named])["SecurityGroups"]
    ssh: Any = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    revoke = deployment.ec2.revoke_security_group_ingress
    deployment.ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[ssh])
    restore.callback(revoke, GroupId=group["GroupId"], IpPermissions=[ssh])
    found = broken(standing, "security group asset-manager-alb-sg")["security group asset-manager-alb-sg"]
    assert found.why == "not in the stack: in tcp 22 from 0.0.0.0/0"
    assert "revoke it" in found.next
    restore.close()
    assert_ok(standing)


def test_a_service_that_starts_tasks_in_one_zone_alone_is_reported(
    deployed: Deployed, deployment: Deployment, standing: list[Check], restore: ExitStack
) -> None:
    service: Any = {"cluster": "asset-manager", "service": "asset-manager-web"}
    (found,) = deployment.ecs.describe_services(cluster="asset-manager", services=["asset-manager-web"])["services"]
    network: Any = found["networkConfiguration"]
    one: Any = {"awsvpcConfiguration": {**network["awsvpcConfiguration"]}}
    one["awsvpcConfiguration"]["subnets"] = one["awsvpcConfiguration"]["subnets"][:1]
    restore.callback(deployment.ecs.update_service, **service, networkConfiguration=network)
    deployment.ecs.update_service(**service, networkConfiguration=one)
    told = broken(standing, "zones")["zones"]
    assert told.why.startswith("asset-manager-web starts tasks in us-west-1")
    assert told.why.endswith(" alone, and fails with that zone")
    assert "Type=private" in told.next
    assert "network_configuration" in deployed.terraform("services", "plan", "-no-color").stdout  # deploying mends it
    restore.close()
    assert_ok(standing)


def test_a_name_that_leads_elsewhere_or_nowhere_is_reported(
    deployment: Deployment, standing: list[Check], restore: ExitStack
) -> None:
    (zone,) = deployment.route53.list_hosted_zones()["HostedZones"]
    records = deployment.route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    (good,) = [record for record in records if record["Type"] == "A"]

    def change(action: Any, record: Any) -> None:
        batch: Any = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        deployment.route53.change_resource_record_sets(HostedZoneId=zone["Id"], ChangeBatch=batch)

    expected, wrong = good["AliasTarget"]["DNSName"], "other-1.us-west-1.elb.amazonaws.com"
    elsewhere = {**good, "AliasTarget": {**good["AliasTarget"], "DNSName": wrong}}
    restore.callback(change, "UPSERT", good)
    change("UPSERT", elsewhere)
    found = broken(standing, "dns alias")["dns alias"]
    assert found.why == f"dg.leverslabs.com is an alias of {wrong}; expected is {expected}"
    change("DELETE", elsewhere)
    found = broken(standing, "dns alias")["dns alias"]
    assert found.why == f"there is no record A for dg.leverslabs.com; expected is an alias of {expected}"
    restore.close()
    assert_ok(standing)
