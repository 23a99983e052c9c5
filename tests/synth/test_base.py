"""Every fact of the `base` stack, on the synthesized JSON."""

import re
from typing import Any

import pytest

from settings.facts.certificates import KEY_TYPES

from .stack import Stack

VPC = "${data.aws_vpc.network_vpc_4E8F0223.id}"
ALB_GROUP, SERVICES_GROUP = "asset-manager-alb-sg", "asset-manager-services-sg"


def rules(base: Stack, direction: str, group: str) -> list[tuple[int, int, str]]:
    """(from, to, CIDR or group's name) of each rule of a group; every one of them TCP."""
    ids = {f"${{{base.address('aws_security_group', name=name)}.id}}": name for name in (ALB_GROUP, SERVICES_GROUP)}
    found = []
    for rule in base.resources(f"aws_vpc_security_group_{direction}_rule").values():
        assert rule["ip_protocol"] == "tcp"
        if ids[rule["security_group_id"]] == group:
            peer = rule.get("cidr_ipv4") or ids[rule["referenced_security_group_id"]]
            found.append((rule["from_port"], rule["to_port"], peer))
    return sorted(found)


def test_the_vpc_is_found_by_its_name_and_the_subnets_by_their_type(base: Stack) -> None:
    assert base.looks_up("aws_vpc", {"tags": {"Name": "fulcrum-vpc"}})
    for kind in ("public", "private"):
        assert base.looks_up("aws_subnets", {"tags": {"Type": kind}, "filter": [{"name": "vpc-id", "values": [VPC]}]})


def test_both_security_groups_are_in_that_vpc(base: Stack) -> None:
    for name in (ALB_GROUP, SERVICES_GROUP):
        assert base.has("aws_security_group", {"name": name, "vpc_id": VPC})


@pytest.mark.parametrize(
    ("direction", "group", "expected"),
    [
        ("ingress", ALB_GROUP, [(80, 80, "0.0.0.0/0"), (443, 443, "0.0.0.0/0")]),
        ("egress", ALB_GROUP, [(443, 443, "0.0.0.0/0"), (3000, 3000, SERVICES_GROUP)]),
        ("ingress", SERVICES_GROUP, [(0, 65535, SERVICES_GROUP), (3000, 3000, ALB_GROUP)]),
        (
            "egress",
            SERVICES_GROUP,
            [(0, 65535, SERVICES_GROUP), (80, 80, "0.0.0.0/0"), (443, 443, "0.0.0.0/0"), (5432, 5432, "0.0.0.0/0")],
        ),
    ],
)
def test_a_group_has_exactly_the_guides_rules(
    base: Stack, direction: str, group: str, expected: list[tuple[int, int, str]]
) -> None:
    assert rules(base, direction, group) == expected


def test_no_rule_is_written_inside_a_group(base: Stack) -> None:
    for group in base.resources("aws_security_group").values():
        assert not {"ingress", "egress"} & set(group)
    assert base.resources("aws_security_group_rule") == {}


def test_the_load_balancer_faces_the_internet_from_the_public_subnets(base: Stack) -> None:
    alb = base.resource("aws_lb", name="asset-manager-alb")
    public = base.data_address("aws_subnets", tags={"Type": "public"})
    assert (alb["internal"], alb["load_balancer_type"], alb["ip_address_type"]) == (False, "application", "ipv4")
    assert alb["subnets"] == f"${{{public}.ids}}"
    assert alb["security_groups"] == [f"${{{base.address('aws_security_group', name=ALB_GROUP)}.id}}"]


def test_https_serves_the_issued_certificate_and_404_by_default(base: Stack) -> None:
    asked = {"domain": "*.leverslabs.com", "statuses": ["ISSUED"], "key_types": list(KEY_TYPES)}
    assert base.looks_up("aws_acm_certificate", asked), "what bootstrap found, the stack has to find"
    certificate = base.data_address("aws_acm_certificate", domain="*.leverslabs.com")
    https = base.resource("aws_lb_listener", port=443)
    assert https["protocol"] == "HTTPS"
    assert https["certificate_arn"] == f"${{{certificate}.arn}}"
    assert https["ssl_policy"] == "ELBSecurityPolicy-TLS13-1-3-2021-06"
    assert https["default_action"] == [
        {
            "type": "fixed-response",
            "fixed_response": {"status_code": "404", "content_type": "text/plain", "message_body": "Not Found"},
        }
    ]


def test_both_listeners_are_the_load_balancers(base: Stack) -> None:
    alb = base.address("aws_lb", name="asset-manager-alb")
    listeners = base.resources("aws_lb_listener").values()
    assert [listener["load_balancer_arn"] for listener in listeners] == [f"${{{alb}.arn}}"] * 2


def test_http_redirects_to_https_for_good(base: Stack) -> None:
    http = base.resource("aws_lb_listener", port=80)
    assert http["protocol"] == "HTTP"
    assert http["default_action"] == [
        {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"}}
    ]


def test_the_artifacts_bucket_is_encrypted_and_private(base: Stack) -> None:
    bucket = f"${{{base.address('aws_s3_bucket', bucket='asset-manager-artifacts')}.id}}"
    assert base.has(
        "aws_s3_bucket_server_side_encryption_configuration",
        {"bucket": bucket, "rule": [{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}]},
    )
    blocks = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    assert base.has("aws_s3_bucket_public_access_block", {"bucket": bucket, **dict.fromkeys(blocks, True)})


def test_there_is_a_log_group_for_each_kind_of_task_and_no_leading_slash(base: Stack) -> None:
    names = sorted(group["name"] for group in base.resources("aws_cloudwatch_log_group").values())
    assert names == ["fulcrum/asset-manager/daemon", "fulcrum/asset-manager/runs", "fulcrum/asset-manager/web"]
    assert {group["retention_in_days"] for group in base.resources("aws_cloudwatch_log_group").values()} == {30}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SERVER_HOST", "https://dg.leverslabs.com"),
        ("AUTH0_CLIENT_ID", "example-auth0-client-id"),
        ("DAGSTER_PG_DB", "postgres"),
        ("DAGSTER_PG_USER", "postgres"),
        ("SNOWFLAKE_ACCOUNT", "example-account"),
        ("SNOWFLAKE_USER", "ASSET_MANAGER"),
        ("SNOWFLAKE_DATABASE", "ASSET_MANAGER"),
        ("SNOWFLAKE_SCHEMA", "METRICS"),
        ("SNOWFLAKE_WAREHOUSE", "ASSET_MANAGER"),
    ],
)
def test_a_plain_parameter_holds_the_guides_value(base: Stack, name: str, value: str) -> None:
    assert base.has("aws_ssm_parameter", {"name": f"/asset-manager/{name}", "type": "String", "value": value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DAGSTER_PG_HOST", "db.crzveraijklryabyrras.supabase.co"),
        ("DAGSTER_PG_PORT", "5432"),
        ("SNOWFLAKE_HOST", "example-account.snowflakecomputing.com"),
        ("SNOWFLAKE_PORT", "443"),
        ("SNOWFLAKE_PROTOCOL", "https"),
    ],
)
def test_where_a_server_is_can_be_said_by_a_variable_and_is_the_guides_by_default(
    base: Stack, name: str, value: str
) -> None:
    assert base.document["variable"][name.lower()] == {"type": "string", "default": value}
    expected = {"name": f"/asset-manager/{name}", "type": "String", "value": f"${{var.{name.lower()}}}"}
    assert base.has("aws_ssm_parameter", expected)


def test_the_bucket_parameter_is_the_buckets_own_name(base: Stack) -> None:
    bucket = base.address("aws_s3_bucket", bucket="asset-manager-artifacts")
    assert base.has(
        "aws_ssm_parameter",
        {"name": "/asset-manager/DAGSTER_S3_BUCKET", "type": "String", "value": f"${{{bucket}.bucket}}"},
    )


@pytest.mark.parametrize(
    "name", ["AUTH0_CLIENT_SECRET", "DAGSTER_PG_PASSWORD", "METRICS_DATABASE_URL", "SNOWFLAKE_PASSWORD"]
)
def test_a_secret_comes_by_an_ephemeral_variable_and_leaves_by_a_write_only_argument(base: Stack, name: str) -> None:
    variable = base.document["variable"][name.lower()]
    assert variable["ephemeral"] is True
    parameter = base.resource("aws_ssm_parameter", name=f"/asset-manager/{name}")
    assert {key: value for key, value in parameter.items() if key != "//"} == {
        "name": f"/asset-manager/{name}",
        "type": "SecureString",
        "value_wo": f"${{var.{name.lower()}}}",
        "value_wo_version": 1,
    }


def test_there_is_no_parameter_besides(base: Stack) -> None:
    assert len(base.resources("aws_ssm_parameter")) == 19


def test_no_secret_crosses_to_the_other_stack(base: Stack) -> None:
    """terraform_remote_state forgets that a value was sensitive, so only names, ids, ARNs and a digest are outputs."""
    (digest,) = base.document["locals"]
    values = {output["value"] for output in base.document["output"].values()} - {f"${{local.{digest}}}"}
    attributes = {value.rstrip("}").rpartition(".")[2] for value in values}
    assert attributes <= {"arn", "id", "ids", "name", "bucket", "dns_name", "zone_id", "arn_suffix", "version_id"}


def test_the_digest_is_of_every_parameter_that_is_no_secret(base: Stack) -> None:
    (expression,) = base.document["locals"].values()
    assert expression.startswith("${sha256(jsonencode({")
    digested = re.findall(r'"(\w+)" = ', expression)
    plain = [one["name"] for one in base.resources("aws_ssm_parameter").values() if one["type"] == "String"]
    assert sorted(f"/asset-manager/{name}" for name in digested) == sorted(plain)


def test_ids_of_what_holds_data_stay_as_they_are(base: Stack) -> None:
    """A changed id is another resource to Terraform: it would destroy the old one, and what is in it."""
    pinned: dict[str, Any] = {
        "aws_s3_bucket": ["access-logs_bucket_7E528747", "artifacts_bucket_A41425E9"],
        "aws_cloudwatch_log_group": [
            "log-groups_daemon_963876C5",
            "log-groups_runs_4A55187B",
            "log-groups_web_50FBB0B4",
        ],
    }
    for kind, names in pinned.items():
        assert sorted(base.resources(kind)) == names
    secrets = {"parameters_AUTH0_CLIENT_SECRET_36588711", "parameters_DAGSTER_PG_PASSWORD_0690EA94"}
    assert secrets <= set(base.resources("aws_ssm_parameter"))
