"""Additions to moto's Elastic Load Balancing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest

from .local_ecs import LocalEcs, until

OIDC = {
    "Issuer": "https://id.example.com/",
    "AuthorizationEndpoint": "https://id.example.com/authorize",
    "TokenEndpoint": "https://id.example.com/token",
    "UserInfoEndpoint": "https://id.example.com/userinfo",
    "ClientId": "app",
}


@pytest.fixture(scope="module")
def elbv2(local: LocalEcs) -> Any:
    return local.client("elbv2")


@pytest.fixture(scope="module")
def subnets(local: LocalEcs) -> list[str]:
    return list(local.network["awsvpcConfiguration"]["subnets"])


@pytest.fixture(scope="module")
def group(local: LocalEcs, elbv2: Any, subnets: list[str]) -> str:
    vpc = local.client("ec2").describe_subnets(SubnetIds=subnets)["Subnets"][0]["VpcId"]
    made = elbv2.create_target_group(Name="moto", Protocol="HTTP", Port=3000, VpcId=vpc, TargetType="ip")
    return str(made["TargetGroups"][0]["TargetGroupArn"])


@pytest.fixture(scope="module")
def load_balancer(elbv2: Any, subnets: list[str]) -> Iterator[str]:
    arn = elbv2.create_load_balancer(Name="moto", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    yield arn
    elbv2.delete_load_balancer(LoadBalancerArn=arn)


@pytest.fixture(scope="module")
def listener(elbv2: Any, load_balancer: str) -> str:
    answer = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
    made = elbv2.create_listener(LoadBalancerArn=load_balancer, Protocol="HTTP", Port=8080, DefaultActions=answer)
    return str(made["Listeners"][0]["ListenerArn"])


def test_create_load_balancer_without_a_scheme_is_internet_facing(elbv2: Any, load_balancer: str) -> None:
    (found,) = elbv2.describe_load_balancers(LoadBalancerArns=[load_balancer])["LoadBalancers"]
    assert found["Scheme"] == "internet-facing"


def test_init_action_returns_defaults_and_no_client_secret(
    local: LocalEcs, elbv2: Any, listener: str, group: str
) -> None:
    sign_in = {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": {**OIDC, "ClientSecret": "hidden"}}
    (rule,) = elbv2.create_rule(
        ListenerArn=listener,
        Priority=7,
        Conditions=[{"Field": "host-header", "Values": ["app.example.com"]}],
        Actions=[sign_in, {"Type": "forward", "Order": 2, "TargetGroupArn": group}],
    )["Rules"]
    assert rule["Actions"][0]["AuthenticateOidcConfig"] == {
        **OIDC,
        "Scope": "openid",
        "SessionCookieName": "AWSELBAuthSessionCookie",
        "SessionTimeout": 604800,
        "OnUnauthenticatedRequest": "authenticate",
    }
    digests = json.loads(local.get("/asset-manager-api/client-secrets")[1])
    assert digests[rule["RuleArn"]] == sha256(b"hidden").hexdigest()
    elbv2.delete_rule(RuleArn=rule["RuleArn"])


def test_delete_rule_with_its_stack(local: LocalEcs, elbv2: Any, listener: str, group: str) -> None:
    properties = {
        "ListenerArn": listener,
        "Priority": 8,
        "Conditions": [{"Field": "host-header", "HostHeaderConfig": {"Values": ["stack.example.com"]}}],
        "Actions": [{"Type": "forward", "TargetGroupArn": group}],
    }
    template = {"Resources": {"Rule": {"Type": "AWS::ElasticLoadBalancingV2::ListenerRule", "Properties": properties}}}
    formation = local.client("cloudformation")
    formation.create_stack(StackName="of-a-rule", TemplateBody=json.dumps(template))
    assert "8" in {rule["Priority"] for rule in elbv2.describe_rules(ListenerArn=listener)["Rules"]}
    formation.delete_stack(StackName="of-a-rule")
    assert "8" not in {rule["Priority"] for rule in elbv2.describe_rules(ListenerArn=listener)["Rules"]}


def test_describe_target_health_returns_the_tasks_of_a_service(local: LocalEcs, elbv2: Any, group: str) -> None:
    port = {"portMappings": [{"containerPort": 3000}]}
    definition = local.define("target", ["sleep", "60"], port)
    behind = {"loadBalancers": [{"targetGroupArn": group, "containerName": "main", "containerPort": 3000}]}
    local.create_service("target", definition, 1, (0, 100), behind)

    def targets() -> list[str]:
        found = elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return [target["Target"]["Id"] for target in found]

    (address,) = until(targets, lambda found: len(found) == 1)
    (task,) = local.service_tasks("target")
    details = {pair["name"]: pair["value"] for pair in task["attachments"][0]["details"]}
    assert address == details["privateIPv4Address"]
    local.delete_service("target")
