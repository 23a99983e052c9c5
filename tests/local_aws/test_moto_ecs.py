"""Additions to moto's ECS; what the agent does with tasks and services is in test_tasks.py and test_services.py."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local_aws.variables import SECRET_ACCESS_KEY

from .local_ecs import ACCOUNT, CLUSTER, REGION, LocalEcs

FORGOTTEN = {
    "enableExecuteCommand": True,
    "enableECSManagedTags": True,
    "availabilityZoneRebalancing": "DISABLED",
}


@pytest.fixture(scope="module")
def definition(local: LocalEcs) -> str:
    return local.define("moto", ["sleep", "60"])


@pytest.fixture(scope="module")
def service(local: LocalEcs, definition: str) -> Iterator[str]:
    """A service without tasks."""
    local.create_service("moto", definition, 0, (50, 150), dict(FORGOTTEN))
    yield "moto"
    local.delete_service("moto")


def test_call_action_refuses_a_throttled_call_before_it_does_anything(local: LocalEcs) -> None:
    session = boto3.Session(local.running.access_key_id, SECRET_ACCESS_KEY, region_name=REGION)
    config = Config(retries={"total_max_attempts": 1})
    once = session.client("ecs", endpoint_url=local.running.endpoint, config=config)
    local.get("/asset-manager-api/throttle/100")
    try:
        with pytest.raises(ClientError) as refused:
            once.create_cluster(clusterName="throttled")
    finally:
        _, counted = local.get("/asset-manager-api/throttle/0")
    assert json.loads(counted) == {"CreateCluster": 1}
    assert refused.value.response["Error"] == {"Code": "ThrottlingException", "Message": "Rate exceeded"}
    assert local.ecs.describe_clusters(clusters=["throttled"])["clusters"] == []


def test_run_task_refuses_overrides_of_a_container_that_does_not_exist(local: LocalEcs) -> None:
    definition = local.define("misnamed", ["true"])
    with pytest.raises(ClientError) as refused:
        local.run(definition, {"containerOverrides": [{"name": "other", "command": ["x"]}]})
    assert refused.value.response["Error"]["Code"] == "InvalidParameterException"
    assert "Override for container named other is not a container in the TaskDefinition." in str(refused.value)


def test_run_task_refuses_overrides_that_are_too_long(local: LocalEcs) -> None:
    definition = local.define("longwinded", ["true"])
    with pytest.raises(ClientError, match="Container Overrides length must be at most 8192"):
        local.run(definition, {"containerOverrides": [{"name": "main", "command": ["x" * 8192]}]})


def test_answer_run_task_returns_managed_tags_and_execute_command(local: LocalEcs, definition: str) -> None:
    (task,) = local.ecs.run_task(
        cluster=CLUSTER,
        taskDefinition=definition,
        launchType="FARGATE",
        networkConfiguration=local.network,
        enableECSManagedTags=True,
        enableExecuteCommand=True,
    )["tasks"]
    local.ecs.stop_task(cluster=CLUSTER, task=task["taskArn"])
    assert {"key": "aws:ecs:clusterName", "value": CLUSTER} in task["tags"]
    assert task["enableExecuteCommand"] is True


def test_stop_task_stops_a_known_task_and_refuses_an_unknown_one(local: LocalEcs, definition: str) -> None:
    arn = local.run(definition)["taskArn"]
    local.ecs.stop_task(cluster=CLUSTER, task=arn, reason="enough")
    stopped = local.reaches(arn, "STOPPED")
    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("UserInitiated", "enough")
    with pytest.raises(ClientError, match="The referenced task was not found"):
        local.ecs.stop_task(cluster=CLUSTER, task="0" * 32)


def test_describe_tasks_names_the_missing_ones(local: LocalEcs) -> None:
    unknown = local.ecs.describe_tasks(cluster=CLUSTER, tasks=["0" * 32])
    missing = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{CLUSTER}/{'0' * 32}"
    assert unknown["tasks"] == []
    assert unknown["failures"] == [{"arn": missing, "reason": "MISSING"}]


def test_list_tasks_filters_by_family_service_and_status(local: LocalEcs) -> None:
    definition = local.define("findable", ["sleep", "60"])
    task = local.run(definition)["taskArn"]
    assert local.ecs.list_tasks(cluster=CLUSTER, family="findable")["taskArns"] == [task]
    assert local.ecs.list_tasks(cluster=CLUSTER, family="find")["taskArns"] == []
    assert local.ecs.list_tasks(cluster=CLUSTER, serviceName="findable")["taskArns"] == []
    local.ecs.stop_task(cluster=CLUSTER, task=task)
    local.reaches(task, "STOPPED")
    assert local.ecs.list_tasks(cluster=CLUSTER, family="findable")["taskArns"] == []
    stopped = local.ecs.list_tasks(cluster=CLUSTER, family="findable", desiredStatus="STOPPED")["taskArns"]
    assert stopped == [task]


def test_describe_task_definition_of_a_family_returns_its_newest_active_revision(local: LocalEcs) -> None:
    first, second = (local.define("renewed", [command]) for command in ("true", "false"))
    local.ecs.deregister_task_definition(taskDefinition=second)
    found = local.ecs.describe_task_definition(taskDefinition="renewed")["taskDefinition"]
    assert found["taskDefinitionArn"] == first
    assert local.run("renewed")["taskDefinitionArn"] == first
    inactive = local.ecs.describe_task_definition(taskDefinition=second)["taskDefinition"]
    assert inactive["status"] == "INACTIVE"
    assert local.define("renewed", ["true"]).endswith(":3")


@pytest.mark.usefixtures("service")
def test_create_service_keeps_the_settings_that_moto_forgets(local: LocalEcs) -> None:
    made = local.service("moto")
    assert {name: made[name] for name in FORGOTTEN} == FORGOTTEN
    configuration = made["deploymentConfiguration"]
    assert (configuration["minimumHealthyPercent"], configuration["maximumPercent"]) == (50, 150)


def test_update_service_keeps_what_was_not_sent_and_starts_a_deployment_when_forced(
    local: LocalEcs, definition: str, service: str
) -> None:
    def update(**changes: Any) -> Any:
        return local.ecs.update_service(cluster=CLUSTER, service=service, **changes)["service"]

    (before,) = local.service(service)["deployments"]
    same = update(deploymentConfiguration={"maximumPercent": 200})
    assert [each["id"] for each in same["deployments"]] == [before["id"]]
    assert same["deploymentConfiguration"]["minimumHealthyPercent"] == 50
    new, old = update(forceNewDeployment=True)["deployments"]
    assert (new["status"], new["taskDefinition"]) == ("PRIMARY", definition)
    assert (old["status"], old["id"]) == ("ACTIVE", before["id"])


def test_delete_service_drains_before_it_is_inactive(local: LocalEcs, definition: str) -> None:
    local.create_service("drained", definition, 1, (0, 100), {})
    local.steady("drained", definition)
    deleted = local.ecs.delete_service(cluster=CLUSTER, service="drained", force=True)["service"]
    assert (deleted["status"], deleted["desiredCount"]) == ("DRAINING", 0)
    local.ecs.get_waiter("services_inactive").wait(
        cluster=CLUSTER, services=["drained"], WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
