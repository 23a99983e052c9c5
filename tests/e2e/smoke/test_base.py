"""The `base` stack as the AWS API describes it, fact by fact."""

import pytest

from tests.support.deployed import Deployed

ALB_GROUP, SERVICES_GROUP = "asset-manager-alb-sg", "asset-manager-services-sg"


def group_id(deployed: Deployed, name: str) -> str:
    (group,) = deployed.ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [name]}])[
        "SecurityGroups"
    ]
    return group["GroupId"]


@pytest.mark.parametrize("name", [ALB_GROUP, SERVICES_GROUP])
def test_a_group_is_in_the_vpc(deployed: Deployed, name: str) -> None:
    (vpc,) = deployed.ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["fulcrum-vpc"]}])["Vpcs"]
    (group,) = deployed.ec2.describe_security_groups(GroupIds=[group_id(deployed, name)])["SecurityGroups"]
    assert group["VpcId"] == vpc["VpcId"]


@pytest.mark.parametrize(
    ("group", "egress", "expected"),
    [
        (ALB_GROUP, False, [(80, 80, "0.0.0.0/0"), (443, 443, "0.0.0.0/0")]),
        (ALB_GROUP, True, [(443, 443, "0.0.0.0/0"), (3000, 3000, SERVICES_GROUP)]),
        (SERVICES_GROUP, False, [(0, 65535, SERVICES_GROUP), (3000, 3000, ALB_GROUP)]),
        (
            SERVICES_GROUP,
            True,
            [(0, 65535, SERVICES_GROUP), (80, 80, "0.0.0.0/0"), (443, 443, "0.0.0.0/0"), (5432, 5432, "0.0.0.0/0")],
        ),
    ],
)
def test_a_group_has_exactly_the_guides_rules(
    deployed: Deployed, group: str, egress: bool, expected: list[tuple[int, int, str]]
) -> None:
    names = {group_id(deployed, name): name for name in (ALB_GROUP, SERVICES_GROUP)}
    described = deployed.ec2.describe_security_group_rules(
        Filters=[{"Name": "group-id", "Values": [group_id(deployed, group)]}]
    )["SecurityGroupRules"]
    found = [
        (rule["FromPort"], rule["ToPort"], rule.get("CidrIpv4") or names[rule["ReferencedGroupInfo"]["GroupId"]])
        for rule in described
        if rule["IsEgress"] is egress
    ]
    assert sorted(found) == expected
    assert {rule["IpProtocol"] for rule in described} == {"tcp"}


def test_the_load_balancer_faces_the_internet_from_the_public_subnets(deployed: Deployed) -> None:
    (alb,) = deployed.elbv2.describe_load_balancers(Names=["asset-manager-alb"])["LoadBalancers"]
    assert (alb["Scheme"], alb["Type"], alb["IpAddressType"]) == ("internet-facing", "application", "ipv4")
    assert alb["SecurityGroups"] == [group_id(deployed, ALB_GROUP)]
    public = deployed.ec2.describe_subnets(Filters=[{"Name": "tag:Type", "Values": ["public"]}])["Subnets"]
    zones = {zone["SubnetId"]: zone["ZoneName"] for zone in alb["AvailabilityZones"]}
    assert set(zones) == {subnet["SubnetId"] for subnet in public}
    assert len(set(zones.values())) == 2


def test_https_serves_the_certificate_and_404_and_http_redirects(deployed: Deployed) -> None:
    (alb,) = deployed.elbv2.describe_load_balancers(Names=["asset-manager-alb"])["LoadBalancers"]
    listeners = {
        listener["Port"]: listener
        for listener in deployed.elbv2.describe_listeners(LoadBalancerArn=alb["LoadBalancerArn"])["Listeners"]
    }
    assert set(listeners) == {80, 443}
    (certificate,) = deployed.acm.list_certificates(CertificateStatuses=["ISSUED"])["CertificateSummaryList"]
    https = listeners[443]
    assert certificate["DomainName"] == "*.leverslabs.com"
    assert (https["Protocol"], https["SslPolicy"]) == ("HTTPS", "ELBSecurityPolicy-TLS13-1-3-2021-06")
    assert https["Certificates"][0]["CertificateArn"] == certificate["CertificateArn"]
    (action,) = https["DefaultActions"]
    assert action["Type"] == "fixed-response"
    assert action["FixedResponseConfig"] == {
        "StatusCode": "404",
        "ContentType": "text/plain",
        "MessageBody": "Not Found",
    }
    (redirect,) = listeners[80]["DefaultActions"]
    assert (listeners[80]["Protocol"], redirect["Type"]) == ("HTTP", "redirect")
    to = redirect["RedirectConfig"]
    assert (to["Protocol"], to["Port"], to["StatusCode"]) == ("HTTPS", "443", "HTTP_301")


def test_the_artifacts_bucket_is_encrypted_and_private(deployed: Deployed) -> None:
    encryption = deployed.s3.get_bucket_encryption(Bucket="asset-manager-artifacts")
    (rule,) = encryption["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    block = deployed.s3.get_public_access_block(Bucket="asset-manager-artifacts")["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}


def test_the_log_groups_are_there_and_keep_thirty_days(deployed: Deployed) -> None:
    groups = deployed.logs.describe_log_groups()["logGroups"]
    assert {group["logGroupName"]: group["retentionInDays"] for group in groups} == {
        "fulcrum/asset-manager/web": 30,
        "fulcrum/asset-manager/daemon": 30,
        "fulcrum/asset-manager/runs": 30,
    }


def test_the_parameters_hold_the_guides_values_and_where_the_laptops_servers_are(deployed: Deployed) -> None:
    pages = deployed.ssm.get_paginator("get_parameters_by_path").paginate(Path="/asset-manager", WithDecryption=True)
    found = {
        parameter["Name"].rpartition("/")[2]: (parameter["Type"], parameter["Value"])
        for page in pages
        for parameter in page["Parameters"]
    }
    assert found.pop("DAGSTER_YAML")[0] == "String"
    for secret in ("AUTH0_CLIENT_SECRET", "DAGSTER_PG_PASSWORD", "METRICS_DATABASE_URL", "SNOWFLAKE_PASSWORD"):
        assert found.pop(secret)[0] == "SecureString"
    assert found == {
        "SERVER_HOST": ("String", "https://dg.leverslabs.com"),
        "AUTH0_CLIENT_ID": ("String", "example-auth0-client-id"),
        "DAGSTER_PG_HOST": ("String", "127.0.0.1"),
        "DAGSTER_PG_PORT": ("String", str(deployed.tree.postgres_port)),
        "DAGSTER_PG_DB": ("String", "postgres"),
        "DAGSTER_PG_USER": ("String", "postgres"),
        "DAGSTER_S3_BUCKET": ("String", "asset-manager-artifacts"),
        "SNOWFLAKE_ACCOUNT": ("String", "example-account"),
        "SNOWFLAKE_USER": ("String", "ASSET_MANAGER"),
        "SNOWFLAKE_DATABASE": ("String", "ASSET_MANAGER"),
        "SNOWFLAKE_SCHEMA": ("String", "METRICS"),
        "SNOWFLAKE_WAREHOUSE": ("String", "ASSET_MANAGER"),
        "SNOWFLAKE_HOST": ("String", "127.0.0.1"),
        "SNOWFLAKE_PORT": ("String", str(deployed.tree.snowflake_port)),
        "SNOWFLAKE_PROTOCOL": ("String", "http"),
    }
