"""Another name, organization, account, region, key and network: one YAML file, and no code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.support.repository import ROOT

from .stack import Stack

KEY = "arn:aws:kms:eu-central-1:222233334444:key/1234abcd-12ab-34cd-56ef-1234567890ab"
HUB = f"""\
name: metrics-hub
organization: acme
account_id: "222233334444"
region: eu-central-1
state_bucket: acme-terraform-state
artifacts_bucket: acme-hub-files
access_logs_bucket: acme-hub-visits
kms_key_arn: {KEY}
deletion_protection: true
alarm_email: hub@acme.example
cpu_architecture: ARM64
image_tag: v7
log_retention_days: 90
allowed_cidrs: [198.51.100.0/24, 203.0.113.0/25]
auth0_client_id: hub-client
auth0_domain: acme.eu.auth0.com
dns: {{zone: acme.example, host: hub.acme.example}}
code_location: hub.assets
database: {{host: pg.acme.example, port: 6432, name: hub_runs, user: hub_writer, max_connections: 300}}
snowflake: {{account: acme-eu1, user: HUB, database: HUB_DB, schema_name: HUB_METRICS, warehouse: HUB_WH}}
secret_versions: {{auth0_client_secret: 31, dagster_pg_password: 32, metrics_database_url: 33, snowflake_password: 34}}
web: {{cpu: 1024, memory: 3072, port: 3456, desired_count: 2, max_count: 5}}
daemon: {{cpu: 4096, memory: 9216}}
run: {{cpu: 8192, memory: 20480, max_concurrent: 23, spot: false}}
office_hours: {{start: "06:40", stop: "21:20", timezone: Europe/Berlin, days: MON-SAT}}
existing:
  vpc_name: acme-network
  cluster: acme-tasks
  repository: acme/hub
  execution_role: acme-starts
  task_role: acme-works
  certificate_domain: "*.acme.example"
"""
SYNTHESIZE = "import sys, pathlib, main; main.synthesize(main.load('hub', pathlib.Path(sys.argv[1])))"
# What AWS is told by, where it is not the value itself.
TOLD_AS = {
    ("alarm_email",): "hub@acme.example",
    ("database", "max_connections"): None,  # counted against in the settings
    ("deletion_protection",): '"enable_deletion_protection": true',
    ("run", "spot"): '"launchType" = "FARGATE"',  # in what jsonencode is given
    ("office_hours", "start"): "cron(40 6 ? * MON-SAT *)",
    ("office_hours", "stop"): "cron(20 21 ? * MON-SAT *)",
    ("office_hours", "days"): "MON-SAT",
}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Stack]:
    folder = tmp_path_factory.mktemp("hub")
    (folder / "hub.yaml").write_text(HUB)
    subprocess.run(
        [sys.executable, "-c", SYNTHESIZE, str(folder)],
        cwd=ROOT,
        env={**os.environ, "CDKTF_OUTDIR": str(folder / "out")},
        check=True,
    )
    return {
        stack: Stack((folder / "out" / "stacks" / stack / "cdk.tf.json").read_text()) for stack in ("base", "services")
    }


def leaves(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, (*path, key))
    else:
        for value in node if isinstance(node, list) else [node]:
            yield path, value


GIVEN = list(leaves(yaml.safe_load(HUB)))


@pytest.mark.parametrize("stack", ["base", "services"])
def test_nothing_of_the_first_deployment_is_in_it(hub: dict[str, Stack], stack: str) -> None:
    text = hub[stack].text
    for of_the_program in (
        "AssetManager/metrics-hub",
        "Asset Manager",
        "asset_manager.launcher",
        "asset_manager.webserver",
        "asset-manager validate",
        "asset-manager status",
        "asset-manager doctor",
    ):
        text = text.replace(of_the_program, "")
    assert re.findall(r"(?i)asset[-_]?manager|fulcrum|leverslabs|111122223333|us-west-1", text) == []


@pytest.mark.parametrize(("key", "value"), GIVEN, ids=[f"{'.'.join(key)}={value}" for key, value in GIVEN])
def test_each_of_its_settings_reaches_aws(hub: dict[str, Stack], key: tuple[str, ...], value: Any) -> None:
    told = TOLD_AS.get(key, str(value))
    both = (hub["base"].text + hub["services"].text).replace('\\\\"', '"').replace('\\"', '"')
    assert told is None or told in both


def test_a_key_of_its_own_encrypts_all_that_can_be_encrypted(hub: dict[str, Stack]) -> None:
    base, services = hub["base"], hub["services"]
    secrets = [each for each in base.resources("aws_ssm_parameter").values() if each["type"] == "SecureString"]
    assert {each["key_id"] for each in secrets} == {KEY}
    assert {each["kms_key_id"] for each in base.resources("aws_cloudwatch_log_group").values()} == {KEY}
    assert base.resource("aws_secretsmanager_secret")["kms_key_id"] == KEY
    assert services.resource("aws_sns_topic")["kms_master_key_id"] == KEY
    rules = [each["rule"] for each in base.resources("aws_s3_bucket_server_side_encryption_configuration").values()]
    assert [KEY in json.dumps(rule) for rule in rules].count(True) == 1, "the access logs' bucket takes SSE-S3 only"
    policies = [each["policy"] for each in services.resources("aws_iam_role_policy").values()]
    assert [KEY in policy for policy in policies] == [True, True, True]


def test_two_networks_are_four_rules_and_nobody_else_is_let_in(hub: dict[str, Stack]) -> None:
    rules = hub["base"].resources("aws_vpc_security_group_ingress_rule").values()
    allowed = sorted((rule["cidr_ipv4"], rule["from_port"]) for rule in rules if "cidr_ipv4" in rule)
    assert allowed == [
        ("198.51.100.0/24", 80),
        ("198.51.100.0/24", 443),
        ("203.0.113.0/25", 80),
        ("203.0.113.0/25", 443),
    ]
