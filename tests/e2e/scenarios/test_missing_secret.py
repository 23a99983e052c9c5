"""A secret that is missing in SSM: the run says which, and with it back the next run works."""

import pytest

from ops.checking.deployed.evidence import judge_task
from ops.checking.deployed.run import Ran, materialize
from ops.dagster_api.web import Web
from tests.support.deployed import CANARIES, Deployed

MISSING = "/asset-manager/SNOWFLAKE_PASSWORD"


@pytest.fixture
def impatient(deployed: Deployed) -> None:
    """Run monitoring that gives a run twenty seconds to begin, and looks every five; it stays deployed."""
    deployed.tree.edit("dagster/dagster.yaml", r"start_timeout_seconds: 300$", "start_timeout_seconds: 20")
    deployed.tree.edit("dagster/dagster.yaml", r"poll_interval_seconds: \d+$", "poll_interval_seconds: 5")
    done = deployed.tree.asset_manager("deploy", "--yes", "--no-validate", environ=deployed.environ)
    assert done.returncode == 0, done.stdout + done.stderr


def a_run(deployed: Deployed) -> Ran:
    return materialize(Web.at(f"http://127.0.0.1:{deployed.tree.web_port}"), print)


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("impatient")
def test_a_run_without_a_secret_names_it_and_the_next_one_works(deployed: Deployed) -> None:
    deployed.ssm.delete_parameter(Name=MISSING)
    try:
        failed = a_run(deployed)
    finally:
        deployed.ssm.put_parameter(Name=MISSING, Type="SecureString", Value=CANARIES["SNOWFLAKE_PASSWORD"])
    assert failed.status == "FAILURE"
    assert "Run timed out due to taking longer than 20 seconds to start." in failed.problem
    assert "ResourceInitializationError" in failed.problem
    assert MISSING in failed.problem

    (task,) = deployed.ecs.describe_tasks(
        cluster="asset-manager", tasks=[failed.tags["ecs/task_arn"]], include=["TAGS"]
    )["tasks"]
    judged = judge_task(task, failed.id, "asset-manager", task["taskDefinitionArn"])
    assert (judged.status, MISSING in judged.why) == ("failed", True)

    assert a_run(deployed).status == "SUCCESS"
