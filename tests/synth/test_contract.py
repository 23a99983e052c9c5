"""What Terraform and Dagster must agree on, checked without either of them running."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from asset_manager_constructs.instance_config import InstanceFacts, env_references, fill_in
from settings.rules import FARGATE_SIZES
from tests.support.repository import ROOT

from .stack import Stack

DAGSTER_YAML = ROOT / "dagster" / "dagster.yaml"
RUN_TASK_OVERRIDE_LIMIT = 8192  # characters: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html


def definitions(services: Stack) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each task definition with its container."""
    return [
        (definition, json.loads(definition["container_definitions"])[0])
        for definition in services.resources("aws_ecs_task_definition").values()
    ]


def rendered(services: Stack) -> str:
    """dagster.yaml as Terraform will encode it: an HCL expression."""
    (expression,) = services.document["locals"].values()
    return str(expression)


def test_the_launchers_container_is_in_the_run_definition(services: Stack) -> None:
    run = services.address("aws_ecs_task_definition", family="asset-manager-run")
    assert f'"task_definition" = {run}.arn' in rendered(services)
    (container,) = [made for definition, made in definitions(services) if definition["family"] == "asset-manager-run"]
    assert f'"container_name" = "{container["name"]}"' in rendered(services)


def test_a_null_of_dagster_yaml_is_still_null_in_what_terraform_encodes(services: Stack) -> None:
    """jsii drops None: the launcher would list every secret of the account at each launch."""
    assert '"secrets_tag" = null' in rendered(services)


def test_every_variable_that_dagster_yaml_reads_is_set_in_every_task(services: Stack) -> None:
    wanted = set(env_references(yaml.safe_load(DAGSTER_YAML.read_text())))
    assert wanted
    assert len(definitions(services)) == 3
    for _, container in definitions(services):
        given = {pair["name"] for pair in container["environment"] + container["secrets"]}
        assert wanted <= given, container["name"]


def test_cpu_and_memory_are_a_pair_that_fargate_knows(services: Stack) -> None:
    for definition, _ in definitions(services):
        assert int(definition["memory"]) in FARGATE_SIZES[int(definition["cpu"])]


def test_every_task_writes_to_its_own_log_group_of_base(base: Stack, services: Stack) -> None:
    written = {
        definition["family"]: base.behind(container["logConfiguration"]["options"]["awslogs-group"])
        for definition, container in definitions(services)
    }
    groups = {
        kind: f"${{{base.address('aws_cloudwatch_log_group', name=f'fulcrum/asset-manager/{kind}')}.name}}"
        for kind in ("web", "daemon", "runs")
    }
    assert written == {
        "asset_manager-web-task": groups["web"],
        "asset_manager-daemon-task": groups["daemon"],
        "asset-manager-run": groups["runs"],
    }


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Dagster's own imports
def test_what_a_launch_sends_is_shorter_than_ecs_allows(tmp_path: Path) -> None:
    """The whole instance configuration travels in RunTask's override; here with values as long as real ones get."""
    # Here and below: Dagster takes seconds to import, and no other test of this file needs it.
    from dagster._core.instance import InstanceRef  # noqa: PLC0415

    facts = InstanceFacts(
        run_task_definition_arn="arn:aws:ecs:ap-southeast-2:111122223333:task-definition/asset-manager-run:123456",
        run_container="asset-manager-run",
        cluster_arn="arn:aws:ecs:ap-southeast-2:111122223333:cluster/asset-manager",
        subnet_ids=[f"subnet-0123456789abcdef{n}" for n in range(6)],
        security_group_id="sg-0123456789abcdef0",
        bucket="b" * 63,
        region="ap-southeast-2",
        max_concurrent_runs=100,
        spot=True,
    )
    document = fill_in(yaml.safe_load(DAGSTER_YAML.read_text()), facts)
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(document))
    override = run_override(InstanceRef.from_dir(str(tmp_path)))
    assert "DAGSTER_PG_PASSWORD" in override  # by its name
    assert len(override) < RUN_TASK_OVERRIDE_LIMIT * 3 / 4  # room for a job's own tags and overrides


def run_override(instance: Any) -> str:
    """The `overrides` of RunTask, as EcsRunLauncher makes them for a run of this instance."""
    from dagster._core.code_pointer import ModuleCodePointer  # noqa: PLC0415
    from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin  # noqa: PLC0415
    from dagster._grpc.types import ExecuteRunArgs  # noqa: PLC0415

    repository = RepositoryPythonOrigin(
        executable_path="/usr/local/bin/python3",
        code_pointer=ModuleCodePointer("asset_manager.definitions", "defs", "/opt/dagster/app"),
        container_image="111122223333.dkr.ecr.ap-southeast-2.amazonaws.com/asset-manager@sha256:" + "0" * 64,
        entry_point=["dagster"],
        container_context={},
    )
    arguments = ExecuteRunArgs(
        job_origin=JobPythonOrigin(job_name="weekly_snowflake_cache_job", repository_origin=repository),
        run_id="00000000-0000-0000-0000-000000000000",
        instance_ref=instance,
    )
    container = {"name": "asset-manager-run", "command": arguments.get_command_args(), "cpu": 4096, "memory": 30720}
    return json.dumps({"containerOverrides": [container], "cpu": "4096", "memory": "30720"})
