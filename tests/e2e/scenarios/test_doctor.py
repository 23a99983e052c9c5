"""`asset-manager doctor` finds nothing in a sound deployment, and reports each trouble with its cause."""

from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest
import yaml

from ops.aws import steady
from ops.checking.deployed.dagster import locations, repositories
from ops.checking.deployed.run import JOB
from ops.dagster_api.runs import PARTITION_TAG, TASK_TAG, follow, launch
from ops.dagster_api.web import Web
from tests.support.deployed import CANARIES, Deployed
from tests.support.findings import doctor, troubles

CLUSTER = "asset-manager"
SERVICES = ("asset-manager-web", "asset-manager-daemon")
RUN_GROUP = "fulcrum/asset-manager/runs"
CONNECTIONS = ("database", "database TLS", "database connections", "metrics database", "Snowflake", "S3")
UNKNOWN = "acme::day::nobody_knows_it"
DELETE_RUN = "mutation($id: String!) { deletePipelineRun(runId: $id) { __typename } }"


@pytest.fixture(scope="module", autouse=True)
def first_answer(deployed: Deployed) -> tuple[int, dict[str, Any]]:
    """The doctor's, before any test breaks something: ECS keeps a killed task in its list for a while."""
    return doctor(deployed, minutes=2)


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


def write_parameter(deployed: Deployed, restore: ExitStack, name: str, value: str) -> None:
    """Change one of the tasks' parameters; restored, it has its old value and is newer than the tasks."""
    path = f"/asset-manager/{name}"
    stored = deployed.ssm.get_parameter(Name=path, WithDecryption=True)["Parameter"]
    put = partial(deployed.ssm.put_parameter, Name=path, Type=stored["Type"], Overwrite=True)
    restore.callback(put, Value=stored["Value"])
    put(Value=value)


def roll(deployed: Deployed) -> None:
    """Start the tasks of both services again, as the doctor advises once their parameters changed."""
    wanted = {}
    for service in SERVICES:
        done = deployed.ecs.update_service(cluster=CLUSTER, service=service, forceNewDeployment=True)
        wanted[service] = done["service"]["taskDefinition"]
    steady.wait(deployed.ecs, CLUSTER, wanted, 180, print)


def assert_sound(deployed: Deployed) -> None:
    _, found = doctor(deployed, minutes=1)
    # ECS still lists the task that a test killed.
    assert set(troubles(found)) <= {"stopped tasks of runs"}
    assert {found[name]["status"] for name in (*CONNECTIONS, "parameters", "parameters' age", "DAGSTER_YAML")} == {"ok"}


def test_in_a_sound_deployment_it_finds_nothing(first_answer: tuple[int, dict[str, Any]]) -> None:
    code, found = first_answer
    assert (code, troubles(found)) == (0, {})
    assert {found[name]["status"] for name in CONNECTIONS} == {"ok"}
    assert found["database TLS"]["why"] == "TLSv1.3"
    assert "of the server's 200; the environment file counts on 200" in found["database connections"]["why"]


def test_each_trouble_is_reported_with_its_cause_and_none_remains_once_fixed(
    deployed: Deployed, web: Web, restore: ExitStack
) -> None:
    restore.callback(roll, deployed)
    kill_a_runs_task(deployed)
    run = launch_a_run_that_fails(web)
    restore.callback(web.query, DELETE_RUN, {"id": run})
    document = yaml.safe_load(deployed.ssm.get_parameter(Name="/asset-manager/DAGSTER_YAML")["Parameter"]["Value"])
    document["run_launcher"]["config"]["task_definition"] = deregistered_run_definition(deployed)
    url = deployed.ssm.get_parameter(Name="/asset-manager/METRICS_DATABASE_URL", WithDecryption=True)
    ended = follow(web, run, 120, print)
    assert ended.status == "FAILURE"
    stream = f"ecs/asset-manager-run/{ended.tags[TASK_TAG].rpartition('/')[2]}"
    deployed.logs.delete_log_stream(logGroupName=RUN_GROUP, logStreamName=stream)
    restore.callback(deployed.logs.put_retention_policy, logGroupName=RUN_GROUP, retentionInDays=30)
    deployed.logs.put_retention_policy(logGroupName=RUN_GROUP, retentionInDays=7)
    write = partial(write_parameter, deployed, restore)
    write("DAGSTER_YAML", yaml.safe_dump(document))
    write("DAGSTER_PG_PORT", "1")
    write("METRICS_DATABASE_URL", url["Parameter"]["Value"].replace("postgres:", "postgres:not-", 1))
    write("SNOWFLAKE_HOST", "snowflake.invalid")
    code, found = doctor(deployed, minutes=5)
    restore.close()
    assert code == 7
    reasons = troubles(found)
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
    assert set(reasons) == set(expected), reasons
    for name, words in expected.items():
        assert words in reasons[name], reasons[name]
        assert found[name]["next"]
    assert "'nobody_knows_it' of tenant 'acme' is not in the metrics database" in reasons["failed runs"]
    assert {name for name in found if found[name]["status"] == "skipped"} == {"database TLS", "database connections"}
    assert_sound(deployed)


def test_a_missing_secret_is_reported_and_a_deploy_stores_it_again(deployed: Deployed, restore: ExitStack) -> None:
    path = "/asset-manager/SNOWFLAKE_PASSWORD"

    def store_again() -> None:
        exported = deployed.environ | {"TF_VAR_snowflake_password": CANARIES["SNOWFLAKE_PASSWORD"]}
        done = deployed.tree.asset_manager("deploy", "--yes", "--no-validate", environ=exported)
        assert done.returncode == 0, done.stdout + done.stderr

    restore.callback(roll, deployed)
    restore.callback(store_again)
    deployed.ssm.delete_parameter(Name=path)
    code, found = doctor(deployed, minutes=1)
    restore.close()
    assert code == 7
    assert f"SSM has no {path}, injected into asset_manager-web-task, " in found["parameters"]["why"]
    assert "export its value as TF_VAR_snowflake_password" in found["parameters"]["next"]
    assert found["connections"]["why"].startswith("its task did not do its work: a parameter is missing (")
    assert not set(CONNECTIONS) & set(found)
    stored = deployed.ssm.get_parameter(Name=path, WithDecryption=True)["Parameter"]["Value"]
    assert stored == CANARIES["SNOWFLAKE_PASSWORD"]
    assert_sound(deployed)
