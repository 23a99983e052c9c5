"""Every fact of the three task definitions, on the synthesized JSON."""

import pytest

from .stack import FAMILIES, Stack, container

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


def test_each_process_is_started_as_the_guide_starts_it_web_behind_its_guard(services: Stack) -> None:
    web = "python -m asset_manager.webserver -w workspace.yaml --port 3000 --host 0.0.0.0"
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
