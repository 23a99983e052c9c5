"""The real Dagster, configured by what the deployment stored, and by nothing else."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ops.checking.deployed.run import CACHE, PARTITIONS, materialize
from ops.dagster_api.runs import PARTITION_TAG, TASK_TAG, follow, launch
from ops.dagster_api.web import Web
from tests.support.crashes import Killed, run_again
from tests.support.deployed import CANARIES, Deployed

LOAD_THE_INSTANCE = """
import json
from dagster import DagsterInstance
from sqlalchemy import make_url

with DagsterInstance.get() as instance:
    launcher = instance.run_launcher
    database = make_url(instance.run_storage.postgres_url)
    instance.get_runs_count()  # the database answers
    print(json.dumps({
        "run storage": type(instance.run_storage).__name__,
        "database": [database.host, database.port, database.database],
        "compute logs": type(instance.compute_log_manager).__name__,
        "bucket": instance.compute_log_manager._s3_bucket,
        "launcher": type(launcher).__name__,
        "task definition": launcher.task_definition,
        "container": launcher.container_name,
        "secrets tags": launcher.secrets_tags,
        "run task": launcher.run_task_kwargs,
        "most runs at once": instance.get_concurrency_config().run_queue_config.max_concurrent_runs,
    }))
"""


def container(deployed: Deployed, family: str) -> Any:
    (only,) = deployed.ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]["containerDefinitions"]
    return only


def injected(deployed: Deployed, family: str) -> dict[str, str]:
    """The variables that ECS would give a container of the deployed definition."""
    made = container(deployed, family)
    variables = {pair["name"]: pair["value"] for pair in made["environment"]}
    for pair in made["secrets"]:
        stored = deployed.ssm.get_parameter(Name=pair["valueFrom"], WithDecryption=True)
        variables[pair["name"]] = stored["Parameter"]["Value"]
    return variables


@pytest.mark.parametrize("family", ["asset_manager-web-task", "asset_manager-daemon-task"])
def test_an_instance_loads_from_the_deployed_parameter(deployed: Deployed, family: str, tmp_path: Path) -> None:
    variables = injected(deployed, family)
    (tmp_path / "dagster.yaml").write_text(variables.pop("DAGSTER_YAML"))
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "DAGSTER_HOME": str(tmp_path),
        **{name: value for name, value in deployed.environ.items() if name.startswith("AWS_")},
        **variables,
    }
    done = subprocess.run(
        [sys.executable, "-P", "-c", LOAD_THE_INSTANCE], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout.splitlines()[-1])

    (run,) = deployed.ecs.list_task_definitions(familyPrefix="asset-manager-run")["taskDefinitionArns"]
    assert loaded["launcher"] == "FargateRunLauncher"  # an EcsRunLauncher
    assert loaded["task definition"] == run
    assert loaded["container"] == container(deployed, "asset-manager-run")["name"]
    assert loaded["secrets tags"] == []
    assert loaded["run storage"] == "PostgresRunStorage"
    assert loaded["database"] == ["127.0.0.1", deployed.tree.postgres_port, "postgres"]
    assert (loaded["compute logs"], loaded["bucket"]) == ("S3ComputeLogManager", "asset-manager-artifacts")
    assert loaded["most runs at once"] == 10
    service: Any = deployed.ecs.describe_services(cluster="asset-manager", services=["asset-manager-daemon"])[
        "services"
    ][0]
    assert loaded["run task"]["cluster"] == service["clusterArn"]
    assert loaded["run task"]["capacityProviderStrategy"] == [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    assert "launchType" not in loaded["run task"]
    of_runs = loaded["run task"]["networkConfiguration"]["awsvpcConfiguration"]
    of_daemon = service["networkConfiguration"]["awsvpcConfiguration"]
    assert set(of_runs.pop("subnets")) == set(of_daemon.pop("subnets"))
    assert of_runs == of_daemon


def test_the_stored_configuration_fits_a_standard_parameter(deployed: Deployed) -> None:
    stored = deployed.ssm.get_parameter(Name="/asset-manager/DAGSTER_YAML")["Parameter"]["Value"]
    assert (
        len(stored.encode()) <= 4096
    )  # https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
    assert "secrets_tag" in stored
    for canary in CANARIES.values():
        assert canary not in stored


def calls(deployed: Deployed) -> Counter[str]:
    """How often each AWS API was called so far, by whomever."""
    return Counter(deployed.tree.ask_local_aws("calls"))


def test_a_run_is_launched_by_one_call_and_none_asks_for_the_accounts_secrets(
    deployed: Deployed, killed: Killed
) -> None:
    """RunTask alone: the launcher is given cluster and network, and `secrets_tag` is null (docs/traps.md, 4)."""
    run_again(deployed, killed.first())  # else its launch would be counted
    before = calls(deployed)
    ran = materialize(Web.at(f"http://127.0.0.1:{deployed.tree.web_port}"), print)
    assert ran.status == "SUCCESS"
    made = calls(deployed) - before
    # The worker's own are S3's, and STS's: Snowflake's client asks on which cloud it is.
    of_the_launch = {name: count for name, count in made.items() if not name.startswith(("s3:", "sts:"))}
    # Run monitoring looks at what runs, once a minute.
    assert of_the_launch.pop("ecs:DescribeTasks", 0) <= 2
    # The launcher checks its task definition once per process: here if no run was launched since the daemon started.
    assert of_the_launch.pop("ecs:DescribeTaskDefinition", 0) <= 1
    assert of_the_launch == {"ecs:RunTask": 1}


def test_a_job_that_asks_for_a_larger_task_gets_one(deployed: Deployed) -> None:
    web = Web.at(f"http://127.0.0.1:{deployed.tree.web_port}")
    keys = web.query(PARTITIONS, {"asset": {"path": [CACHE]}})["assetNodeOrError"]["partitionKeys"]
    selector = {
        "repositoryLocationName": "asset_manager.definitions",
        "repositoryName": "__repository__",
        "jobName": "month_snowflake_cache_job",
    }
    of_a_month = next(key for key in keys if "::month::" in key)
    seen = follow(web, launch(web, selector, {PARTITION_TAG: of_a_month}), 180, print)
    assert seen.status == "SUCCESS"
    (task,) = deployed.ecs.describe_tasks(cluster="asset-manager", tasks=[seen.tags[TASK_TAG]])["tasks"]
    assert (task["cpu"], task["memory"]) == ("1024", "2048")
    overrides = task["overrides"]
    assert (overrides["cpu"], overrides["memory"]) == ("1024", "2048")
    # The definition states the container's own memory, which would bound it.
    (container,) = overrides["containerOverrides"]
    assert (container["cpu"], container["memory"]) == (1024, 2048)
