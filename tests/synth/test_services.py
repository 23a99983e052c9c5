"""Every fact of the `services` stack (DESIGN.md section 4), on the synthesized JSON."""

import json
from typing import Any

import pytest

from .stack import Stack

PARAMETERS = {
    "SERVER_HOST",
    "AUTH0_CLIENT_ID",
    "AUTH0_CLIENT_SECRET",
    "DAGSTER_PG_HOST",
    "DAGSTER_PG_PORT",
    "DAGSTER_PG_DB",
    "DAGSTER_PG_USER",
    "DAGSTER_PG_PASSWORD",
    "DAGSTER_S3_BUCKET",
    "METRICS_DATABASE_URL",
    "SNOWFLAKE_ACCOUNT",
    "SNOWFLAKE_DATABASE",
    "SNOWFLAKE_HOST",
    "SNOWFLAKE_PASSWORD",
    "SNOWFLAKE_PORT",
    "SNOWFLAKE_PROTOCOL",
    "SNOWFLAKE_SCHEMA",
    "SNOWFLAKE_USER",
    "SNOWFLAKE_WAREHOUSE",
}
FAMILIES = {"web": "asset_manager-web-task", "daemon": "asset_manager-daemon-task", "run": "asset-manager-run"}


def container(services: Stack, task: str) -> dict[str, Any]:
    definition = services.resource("aws_ecs_task_definition", family=FAMILIES[task])
    (only,) = json.loads(definition["container_definitions"])
    assert isinstance(only, dict)
    return only


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


@pytest.mark.parametrize(
    ("task", "cpu", "memory"), [("web", "2048", "4096"), ("daemon", "2048", "4096"), ("run", "512", "1024")]
)
def test_a_task_is_fargate_in_awsvpc_of_the_guides_size(services: Stack, task: str, cpu: str, memory: str) -> None:
    definition = services.resource("aws_ecs_task_definition", family=FAMILIES[task])
    assert (definition["cpu"], definition["memory"]) == (cpu, memory)
    assert (definition["requires_compatibilities"], definition["network_mode"]) == (["FARGATE"], "awsvpc")
    assert container(services, task)["name"] == f"asset-manager-{task}"


@pytest.mark.parametrize("task", FAMILIES)
def test_ecs_starts_a_task_in_one_role_and_its_code_acts_in_the_other(services: Stack, task: str) -> None:
    definition = services.resource("aws_ecs_task_definition", family=FAMILIES[task])
    execution, acting = (
        f"${{{services.data_address('aws_iam_role', name=name)}.arn}}"
        for name in ("fulcrum-ecs-execution-role", "fulcrum-ecs-task-role")
    )
    if task == "run":
        acting = f"${{{services.address('aws_iam_role', name='asset-manager-run')}.arn}}"
    assert (definition["execution_role_arn"], definition["task_role_arn"]) == (execution, acting)


@pytest.mark.parametrize("task", FAMILIES)
def test_a_tasks_streams_are_named_as_the_launcher_looks_for_them(services: Stack, task: str) -> None:
    """In ecs/container/task-id; which group each writes to is in test_contract.py."""
    logs = container(services, task)["logConfiguration"]
    group = logs["options"].pop("awslogs-group")
    assert group.endswith("name}")
    assert logs == {
        "logDriver": "awslogs",
        "options": {"awslogs-region": "us-west-1", "awslogs-stream-prefix": "ecs"},
    }


@pytest.mark.parametrize("task", FAMILIES)
def test_a_revision_is_never_deregistered(services: Stack, task: str) -> None:
    """A launcher pins one when it starts; a queued run would fail for a revision that went away."""
    assert services.resource("aws_ecs_task_definition", family=FAMILIES[task])["skip_destroy"] is True


@pytest.mark.parametrize("task", FAMILIES)
def test_a_task_states_its_containers_memory_and_has_no_entry_point(services: Stack, task: str) -> None:
    made = container(services, task)
    assert str(made["memory"]) == services.resource("aws_ecs_task_definition", family=FAMILIES[task])["memory"]
    assert "entryPoint" not in made


@pytest.mark.parametrize("task", FAMILIES)
def test_the_image_is_the_repositorys_pinned_by_one_digest(services: Stack, task: str) -> None:
    repository = services.data_address("aws_ecr_repository", name="asset-manager")
    image = services.data_address("aws_ecr_image", image_tag="latest")
    assert container(services, task)["image"] == f"${{{repository}.repository_url}}@${{{image}.image_digest}}"


def test_each_process_is_started_as_the_guide_starts_it(services: Stack) -> None:
    web = "dagster-webserver -w workspace.yaml --port 3000 --host 0.0.0.0"
    assert " ".join(container(services, "web")["command"]) == web
    assert " ".join(container(services, "daemon")["command"]) == "dagster-daemon run"
    assert "command" not in container(services, "run")


def test_only_web_listens(services: Stack) -> None:
    port = {"containerPort": 3000, "hostPort": 3000, "protocol": "tcp"}
    assert container(services, "web")["portMappings"] == [port]
    assert "portMappings" not in container(services, "daemon")
    assert "portMappings" not in container(services, "run")


@pytest.mark.parametrize("task", FAMILIES)
def test_every_task_has_the_same_variables(services: Stack, task: str) -> None:
    assert {pair["name"]: pair["value"] for pair in container(services, task)["environment"]} == {
        "PYTHONUNBUFFERED": "1",
        "ENV": "prod",
        "AWS_REGION": "us-west-1",
        "DAGSTER_CODE_LOCATION": "asset_manager.definitions",
        "PGSSLMODE": "require",
        "DAGSTER_GRPC_TIMEOUT_SECONDS": "300",
        "DAGSTER_SENSOR_GRPC_TIMEOUT_SECONDS": "300",
        "DAGSTER_GRPC_MAX_WORKERS": "4",
        "DAGSTER_WEBSERVER_DB_POOL_MAX_OVERFLOW": "3",
        "DAGSTER_DAEMON_HEARTBEAT_TOLERANCE": "360",
        "AWS_RETRY_MODE": "adaptive",
        "AWS_MAX_ATTEMPTS": "10",
    }


@pytest.mark.parametrize("task", FAMILIES)
def test_every_parameter_is_injected_by_its_arn(base: Stack, services: Stack, task: str) -> None:
    injected = {pair["name"]: pair["valueFrom"] for pair in container(services, task)["secrets"]}
    if task != "run":  # a run is sent its configuration by the launcher
        configuration = services.address("aws_ssm_parameter", name="/asset-manager/DAGSTER_YAML")
        assert injected.pop("DAGSTER_YAML") == f"${{{configuration}.arn}}"
    assert {name: base.behind(arn) for name, arn in injected.items()} == {
        name: f"${{{base.address('aws_ssm_parameter', name=f'/asset-manager/{name}')}.arn}}" for name in PARAMETERS
    }


@pytest.mark.parametrize("task", ["web", "daemon"])
def test_web_and_daemon_roll_with_whatever_is_injected_into_them(base: Stack, services: Stack, task: str) -> None:
    (configuration,) = services.document["locals"]
    (parameters,) = base.document["locals"]
    labels = container(services, task)["dockerLabels"]
    assert base.behind(labels.pop("parameters-sha256")) == f"${{local.{parameters}}}"
    assert labels == {
        "dagster-yaml-sha256": f"${{sha256(local.{configuration})}}",
        "secret-versions": "auth0_client_secret=1,dagster_pg_password=1,metrics_database_url=1,snowflake_password=1",
    }


def test_a_run_reads_everything_when_it_starts_and_needs_no_new_revision(services: Stack) -> None:
    assert "dockerLabels" not in container(services, "run")


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
