"""dagster.yaml, and what is filled into it."""

import copy
from dataclasses import replace
from typing import Any

import yaml

from asset_manager_constructs.instance_config import InstanceFacts, env_references, fill_in
from tests.support.repository import ROOT

DOCUMENT: dict[str, Any] = yaml.safe_load((ROOT / "dagster" / "dagster.yaml").read_text())
FACTS = InstanceFacts(
    run_task_definition_arn="arn:aws:ecs:us-west-1:111122223333:task-definition/asset-manager-run:7",
    run_container="asset-manager-run",
    cluster_arn="arn:aws:ecs:us-west-1:111122223333:cluster/asset-manager",
    subnet_ids=["subnet-a", "subnet-b"],
    security_group_id="sg-services",
    bucket="asset-manager-artifacts",
    region="us-west-1",
    max_concurrent_runs=7,
    spot=False,
)
FILLED = fill_in(DOCUMENT, FACTS)


def test_the_launcher_gets_the_run_definition_with_its_revision_and_its_container() -> None:
    config = FILLED["run_launcher"]["config"]
    assert config["task_definition"] == FACTS.run_task_definition_arn
    assert config["container_name"] == "asset-manager-run"


def test_runs_start_in_the_cluster_in_private_subnets_without_a_public_ip() -> None:
    assert FILLED["run_launcher"]["config"]["run_task_kwargs"] == {
        "cluster": FACTS.cluster_arn,
        "launchType": "FARGATE",
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": ["subnet-a", "subnet-b"],
                "securityGroups": ["sg-services"],
                "assignPublicIp": "DISABLED",
            }
        },
    }


def test_on_spot_no_launch_type_stands_beside_the_strategy() -> None:
    kwargs = fill_in(DOCUMENT, replace(FACTS, spot=True))["run_launcher"]["config"]["run_task_kwargs"]
    assert kwargs["capacityProviderStrategy"] == [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    assert "launchType" not in kwargs


def test_as_many_runs_at_a_time_as_the_settings_allow() -> None:
    assert FILLED["concurrency"]["runs"]["max_concurrent_runs"] == 7


def test_of_one_partition_one_run_at_a_time() -> None:
    assert FILLED["concurrency"]["runs"]["tag_concurrency_limits"] == [
        {"key": "dagster/partition", "value": {"applyLimitPerUniqueValue": True}, "limit": 1}
    ]


def test_compute_logs_go_to_the_artifacts_bucket() -> None:
    assert FILLED["compute_logs"]["config"] == {
        "prefix": "compute-logs",
        "bucket": "asset-manager-artifacts",
        "region": "us-west-1",
    }


def test_filling_in_leaves_the_document_as_it_was() -> None:
    before = copy.deepcopy(DOCUMENT)
    fill_in(DOCUMENT, FACTS)
    assert before == DOCUMENT


def test_nothing_that_the_stacks_fill_in_is_written_by_hand() -> None:
    launcher = DOCUMENT["run_launcher"]["config"]
    assert not {"task_definition", "container_name", "run_task_kwargs"} & set(launcher)
    assert not {"bucket", "region"} & set(DOCUMENT["compute_logs"]["config"])


def test_no_secret_of_the_account_is_given_to_runs_by_tag() -> None:
    assert DOCUMENT["run_launcher"]["config"]["secrets_tag"] is None


def test_secrets_and_variables_of_runs_are_left_to_their_task_definition() -> None:
    """With a task definition's ARN the launcher ignores both without a word."""
    assert not {"secrets", "env_vars"} & set(FILLED["run_launcher"]["config"])


def test_a_process_that_loads_the_instance_need_not_build_the_launcher() -> None:
    assert DOCUMENT["run_monitoring"]["max_resume_run_attempts"] == 0


def test_only_a_crashed_worker_is_tried_again() -> None:
    assert DOCUMENT["run_retries"] == {"enabled": True, "max_retries": 1, "retry_on_asset_or_op_failure": False}


def test_every_connection_value_is_a_variable() -> None:
    assert list(env_references(DOCUMENT)) == [
        "DAGSTER_PG_HOST",
        "DAGSTER_PG_PORT",
        "DAGSTER_PG_DB",
        "DAGSTER_PG_USER",
        "DAGSTER_PG_PASSWORD",
    ]
