"""Every fact of the `services` stack, on the synthesized JSON."""

import json
from typing import Any

import pytest

from .stack import FAMILIES, Stack, container


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("aws_ecs_cluster", {"cluster_name": "asset-manager"}),
        ("aws_ecr_repository", {"name": "asset-manager"}),
        ("aws_iam_role", {"name": "fulcrum-ecs-execution-role"}),
        ("aws_iam_role", {"name": "fulcrum-ecs-task-role"}),
        ("aws_route53_zone", {"name": "leverslabs.com", "private_zone": False}),
    ],
)
def test_the_platform_is_looked_up_and_not_created(services: Stack, kind: str, properties: dict[str, Any]) -> None:
    assert services.looks_up(kind, properties)
    assert [one for one in services.resources(kind).values() if one.get("name") in properties.values()] == []


def test_the_target_group_asks_server_info_of_each_tasks_address(base: Stack, services: Stack) -> None:
    group = services.resource("aws_lb_target_group", name="asset-manager-web-tg")
    assert (group["protocol"], group["port"], group["target_type"]) == ("HTTP", 3000, "ip")
    vpc = base.data_address("aws_vpc", tags={"Name": "fulcrum-vpc"})
    assert base.behind(group["vpc_id"]) == f"${{{vpc}.id}}"
    assert group["health_check"] == {
        "path": "/server_info",
        "protocol": "HTTP",
        "matcher": "200",
        "interval": 30,
        "timeout": 5,
        "healthy_threshold": 2,
        "unhealthy_threshold": 3,
    }


def test_a_replaced_target_group_is_made_before_the_old_one_goes(services: Stack) -> None:
    assert services.resource("aws_lb_target_group")["lifecycle"] == {"create_before_destroy": True}


@pytest.mark.parametrize("task", ["web", "daemon"])
def test_a_service_is_one_fargate_task_of_its_own_definition_in_the_cluster(services: Stack, task: str) -> None:
    service = services.resource("aws_ecs_service", name=f"asset-manager-{task}")
    cluster = services.data_address("aws_ecs_cluster", cluster_name="asset-manager")
    definition = services.address("aws_ecs_task_definition", family=FAMILIES[task])
    assert (service["launch_type"], service["desired_count"]) == ("FARGATE", 1)
    assert service["cluster"] == f"${{{cluster}.arn}}"
    assert service["task_definition"] == f"${{{definition}.arn}}"


@pytest.mark.parametrize("task", ["web", "daemon"])
def test_a_service_is_in_private_subnets_and_the_services_group_without_a_public_ip(
    base: Stack, services: Stack, task: str
) -> None:
    network = services.resource("aws_ecs_service", name=f"asset-manager-{task}")["network_configuration"]
    private = base.data_address("aws_subnets", tags={"Type": "private"})
    group = base.address("aws_security_group", name="asset-manager-services-sg")
    assert network["assign_public_ip"] is False
    assert base.behind(network["subnets"]) == f"${{{private}.ids}}"
    assert [base.behind(reference) for reference in network["security_groups"]] == [f"${{{group}.id}}"]


def test_web_is_behind_the_load_balancer_and_waits_for_the_rule(services: Stack) -> None:
    web = services.resource("aws_ecs_service", name="asset-manager-web")
    group = services.address("aws_lb_target_group")
    assert web["load_balancer"] == [
        {"target_group_arn": f"${{{group}.arn}}", "container_name": "asset-manager-web", "container_port": 3000}
    ]
    assert services.address("aws_cloudformation_stack", name="asset-manager-sign-in") in web["depends_on"]
    assert (web["deployment_minimum_healthy_percent"], web["deployment_maximum_percent"]) == (100, 200)


def test_there_is_never_a_second_daemon(services: Stack) -> None:
    daemon = services.resource("aws_ecs_service", name="asset-manager-daemon")
    assert (daemon["deployment_minimum_healthy_percent"], daemon["deployment_maximum_percent"]) == (0, 100)
    assert daemon["availability_zone_rebalancing"] == "DISABLED"
    scaled = [target["resource_id"] for target in services.resources("aws_appautoscaling_target").values()]
    assert [one for one in scaled if "daemon" in one] == []


def test_a_grace_period_stands_only_where_ecs_allows_one(services: Stack) -> None:
    assert services.resource("aws_ecs_service", name="asset-manager-web")["health_check_grace_period_seconds"] == 120
    daemon = services.resource("aws_ecs_service", name="asset-manager-daemon")
    assert not {"health_check_grace_period_seconds", "load_balancer"} & set(daemon)


def test_no_task_starts_before_its_roles_allow_what_it_does(services: Stack) -> None:
    policies = {f"aws_iam_role_policy.{name}" for name in services.resources("aws_iam_role_policy")}
    assert len(policies) == 3
    for service in services.resources("aws_ecs_service").values():
        assert policies <= set(service["depends_on"])


def test_the_execution_role_may_read_what_is_injected_and_no_more(services: Stack) -> None:
    policy = json.loads(services.resource("aws_iam_role_policy", role="fulcrum-ecs-execution-role")["policy"])
    (statement,) = [one for one in policy["Statement"] if one["Action"] == "ssm:GetParameters"]
    injected = {pair["valueFrom"] for task in FAMILIES for pair in container(services, task)["secrets"]}
    assert set(statement["Resource"]) == injected


def test_the_task_role_may_pass_exactly_the_two_roles_that_tasks_run_under(services: Stack) -> None:
    policy = json.loads(services.resource("aws_iam_role_policy", role="fulcrum-ecs-task-role")["policy"])
    (statement,) = [one for one in policy["Statement"] if one["Action"] == "iam:PassRole"]
    definition = services.resource("aws_ecs_task_definition", family=FAMILIES["run"])
    assert sorted(statement["Resource"]) == sorted([definition["execution_role_arn"], definition["task_role_arn"]])


def test_the_name_is_an_alias_of_the_load_balancer(base: Stack, services: Stack) -> None:
    record = services.resource("aws_route53_record", name="dg.leverslabs.com", type="A")
    zone = services.data_address("aws_route53_zone", name="leverslabs.com")
    alb = base.address("aws_lb", name="asset-manager-alb")
    assert record["zone_id"] == f"${{{zone}.zone_id}}"
    assert record["alias"]["evaluate_target_health"] is False
    assert base.behind(record["alias"]["name"]) == f"${{{alb}.dns_name}}"
    # Where the load balancer is at home, and not the zone that the record is in.
    assert base.behind(record["alias"]["zone_id"]) == f"${{{alb}.zone_id}}"


def test_no_task_can_be_entered_by_ecs_exec(services: Stack) -> None:
    assert not any(one.get("enable_execute_command") for one in services.resources("aws_ecs_service").values())
    assert "ssmmessages" not in services.text
