"""`asset-manager doctor`: nothing found in a sound deployment; and of what is broken, each thing with its cause."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from ops import steady
from ops.launch import PARTITION_TAG, TASK_TAG, follow, launch
from ops.validation.dagster import locations, repositories
from ops.validation.run import JOB
from ops.validation.web import Web
from tests.support.deployed import CANARIES, Deployed

CLUSTER = "asset-manager"
SERVICES = ("asset-manager-web", "asset-manager-daemon")
RUN_GROUP = "fulcrum/asset-manager/runs"
CONNECTIONS = ("database", "database TLS", "database connections", "metrics database", "Snowflake", "S3")
UNKNOWN = "acme::day::nobody_knows_it"


def doctor(deployed: Deployed, minutes: int) -> tuple[int, dict[str, Any]]:
    """Its exit code, and each finding by its name."""
    done = deployed.tree.asset_manager("doctor", "--json", "--minutes", str(minutes), environ=deployed.environ)
    assert done.stdout, done.stderr
    return done.returncode, {finding["name"]: finding for finding in json.loads(done.stdout)}


def troubles(found: dict[str, Any]) -> dict[str, str]:
    return {name: finding["why"] for name, finding in found.items() if finding["status"] == "failed"}


@pytest.fixture
def parameter(deployed: Deployed) -> Iterator[Callable[[str, str], None]]:
    """Writes one of the tasks' parameters; afterwards all are as they were, though newer than the tasks."""
    before: dict[str, Any] = {}

    def write(name: str, value: str) -> None:
        path = f"/asset-manager/{name}"
        stored = deployed.ssm.get_parameter(Name=path, WithDecryption=True)["Parameter"]
        before.setdefault(path, stored)
        deployed.ssm.put_parameter(Name=path, Value=value, Type=stored["Type"], Overwrite=True)

    yield write
    for path, stored in before.items():
        deployed.ssm.put_parameter(Name=path, Value=stored["Value"], Type=stored["Type"], Overwrite=True)


@pytest.fixture
def web(deployed: Deployed) -> Web:
    return Web(f"http://127.0.0.1:{deployed.tree.web_port}", through_proxy=False)


def launch_a_run_that_fails(web: Web) -> str:
    """A partition that is not in the metrics database; the run's id."""
    (repository,) = repositories(locations(web))
    selector = {"repositoryLocationName": repository["location"], "repositoryName": repository["name"], "jobName": JOB}
    return launch(web, selector, {PARTITION_TAG: UNKNOWN})


def kill_a_runs_task(deployed: Deployed) -> None:
    """A task of the run definition whose process gets SIGKILL."""
    (service,) = deployed.ecs.describe_services(cluster=CLUSTER, services=["asset-manager-daemon"])["services"]
    killed: Any = [{"name": "asset-manager-run", "command": ["sh", "-c", "kill -9 $$"]}]
    deployed.ecs.run_task(
        cluster=CLUSTER,
        taskDefinition="asset-manager-run",
        launchType="FARGATE",
        networkConfiguration=service["networkConfiguration"],
        overrides={"containerOverrides": killed},
    )


def deregistered_run_definition(deployed: Deployed) -> str:
    """The ARN of a revision that can be launched no more."""
    made = deployed.ecs.register_task_definition(
        family="asset-manager-run", containerDefinitions=[{"name": "asset-manager-run", "image": "i", "memory": 512}]
    )["taskDefinition"]["taskDefinitionArn"]
    deployed.ecs.deregister_task_definition(taskDefinition=made)
    return made


def test_in_a_sound_deployment_it_finds_nothing(deployed: Deployed) -> None:
    code, found = doctor(deployed, minutes=2)
    assert (code, troubles(found)) == (0, {})
    assert {found[name]["status"] for name in CONNECTIONS} == {"ok"}
    assert found["database TLS"]["why"] == "TLSv1.3"
    assert "of the server's 200; the environment file counts on 200" in found["database connections"]["why"]


def test_each_trouble_is_told_with_its_cause(
    deployed: Deployed, web: Web, parameter: Callable[[str, str], None]
) -> None:
    kill_a_runs_task(deployed)
    run = launch_a_run_that_fails(web)
    document = yaml.safe_load(deployed.ssm.get_parameter(Name="/asset-manager/DAGSTER_YAML")["Parameter"]["Value"])
    document["run_launcher"]["config"]["task_definition"] = deregistered_run_definition(deployed)
    url = deployed.ssm.get_parameter(Name="/asset-manager/METRICS_DATABASE_URL", WithDecryption=True)
    ended = follow(web, run, 120, print)
    assert ended.status == "FAILURE"
    stream = f"ecs/asset-manager-run/{ended.tags[TASK_TAG].rpartition('/')[2]}"
    deployed.logs.delete_log_stream(logGroupName=RUN_GROUP, logStreamName=stream)
    deployed.logs.put_retention_policy(logGroupName=RUN_GROUP, retentionInDays=7)
    try:
        parameter("DAGSTER_YAML", yaml.safe_dump(document))
        parameter("DAGSTER_PG_PORT", "1")
        parameter("METRICS_DATABASE_URL", url["Parameter"]["Value"].replace("postgres:", "postgres:not-", 1))
        parameter("SNOWFLAKE_HOST", "snowflake.invalid")
        code, found = doctor(deployed, minutes=5)
    finally:
        deployed.logs.put_retention_policy(logGroupName=RUN_GROUP, retentionInDays=30)
        web.query("mutation($id: String!) { deletePipelineRun(runId: $id) { __typename } }", {"id": run})
    assert code == 21
    told = troubles(found)
    expected = {
        "parameters' age": "asset-manager-web started before ",
        "DAGSTER_YAML": "which is INACTIVE: no run can be launched",
        "stopped tasks of runs": "killed (exit code 137)",
        "failed runs": f"the last, {run} of {JOB}: ",
        f"log group {RUN_GROUP}": "it keeps lines 7 days, and log_retention_days is 30",
        "log of the last run": f"there is no stream {stream} in {RUN_GROUP}",
        "database": "nothing listens there",
        "metrics database": "user or password are not accepted",
        "Snowflake": "its name has no address",
    }
    assert set(told) == set(expected), told
    for name, words in expected.items():
        assert words in told[name], told[name]
        assert found[name]["next"]
    assert "'nobody_knows_it' of tenant 'acme' is not in the metrics database" in told["failed runs"]
    assert {name for name in found if found[name]["status"] == "skipped"} == {"database TLS", "database connections"}


def test_a_secret_that_is_missing_is_told_and_stored_anew_as_it_says(deployed: Deployed) -> None:
    path = "/asset-manager/SNOWFLAKE_PASSWORD"
    deployed.ssm.delete_parameter(Name=path)
    try:
        code, found = doctor(deployed, minutes=1)
    finally:
        exported = deployed.environ | {"TF_VAR_snowflake_password": CANARIES["SNOWFLAKE_PASSWORD"]}
        mended = deployed.tree.asset_manager("deploy", "--yes", "--no-validate", environ=exported)
    assert code == 21
    assert f"SSM has no {path}, injected into asset_manager-web-task, " in found["parameters"]["why"]
    assert "export its value as TF_VAR_snowflake_password" in found["parameters"]["next"]
    assert found["connections"]["why"].startswith("its task did not do its work: a parameter is missing (")
    assert not set(CONNECTIONS) & set(found)
    assert mended.returncode == 0, mended.stdout + mended.stderr
    stored = deployed.ssm.get_parameter(Name=path, WithDecryption=True)["Parameter"]["Value"]
    assert stored == CANARIES["SNOWFLAKE_PASSWORD"]


def test_put_right_and_rolled_as_it_says_all_of_it_is_well(deployed: Deployed) -> None:
    wanted = {}
    for service in SERVICES:
        done = deployed.ecs.update_service(cluster=CLUSTER, service=service, forceNewDeployment=True)
        wanted[service] = done["service"]["taskDefinition"]
    steady.wait(deployed.ecs, CLUSTER, wanted, 180, print)
    _, found = doctor(deployed, minutes=1)
    # The killed task is in ECS's memory as long as that reaches.
    assert set(troubles(found)) <= {"stopped tasks of runs"}
    assert {found[name]["status"] for name in (*CONNECTIONS, "parameters", "parameters' age", "DAGSTER_YAML")} == {"ok"}
