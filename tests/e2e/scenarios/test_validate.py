"""`asset-manager validate`: each check fails and names the cause when its thing is broken, and is ok once mended."""

from contextlib import ExitStack
from typing import Any

import pytest

from ops.checking.report import Check
from ops.checking.validate import results_of
from ops.dagster_api.deployment import Deployment
from tests.support.deployed import Deployed
from tests.support.validating import OF_A_RUN, STANDING, assert_ok, broken, newer_revision, quiet

CLUSTER, WEB, DAEMON = "asset-manager", "asset-manager-web", "asset-manager-daemon"
OVER_GRAPHQL = STANDING[STANDING.index("server_info") + 1 :]


def set_service(deployment: Deployment, service: str, restore: ExitStack, change: Any, back: Any) -> None:
    """Change a service, and back."""
    restore.callback(deployment.ecs.update_service, cluster=CLUSTER, service=service, **back)
    deployment.ecs.update_service(cluster=CLUSTER, service=service, **change)


def current(deployment: Deployment, service: str) -> str:
    """The revision that the service is set to."""
    (found,) = deployment.ecs.describe_services(cluster=CLUSTER, services=[service])["services"]
    return found["taskDefinition"]


def test_a_service_on_an_older_revision_is_reported(
    deployment: Deployment, standing: list[Check], restore: ExitStack
) -> None:
    newer = newer_revision(deployment, restore, "asset_manager-web-task", {})
    found = broken(standing, "service asset-manager-web", "tasks of asset-manager-web")
    old, new = (arn.rpartition("/")[2] for arn in (current(deployment, WEB), newer))
    assert found["service asset-manager-web"].why == f"it runs {old}, and the newest revision is {new}"
    restore.close()
    assert_ok(standing)


def test_a_deployment_that_was_rolled_back_is_reported_though_the_service_is_steady(
    deployment: Deployment, standing: list[Check], restore: ExitStack
) -> None:
    bounds = {"minimumHealthyPercent": 0, "maximumPercent": 100}
    breaker = {**bounds, "deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    good = current(deployment, DAEMON)
    crashing = newer_revision(deployment, restore, "asset_manager-daemon-task", {"command": ["false"]})
    change = {"taskDefinition": crashing, "deploymentConfiguration": breaker}
    set_service(deployment, DAEMON, restore, change, {"taskDefinition": good, "deploymentConfiguration": bounds})
    failing = ["service asset-manager-daemon", "tasks of asset-manager-daemon"]
    broken(standing, *failing, "daemon heartbeats", saying="Essential container in task exited (exit code 1)")
    rolled_back = "it was rolled back: (service asset-manager-daemon) rolling back to deployment"
    found = broken(standing, *failing, saying=rolled_back)[failing[0]]
    assert current(deployment, DAEMON) == good
    assert found.next.startswith("The new tasks did not stay")
    restore.close()
    assert_ok(standing)


def test_a_stopped_daemon_is_reported_and_no_run_is_begun_without_it(
    deployment: Deployment, standing: list[Check], restore: ExitStack
) -> None:
    set_service(deployment, DAEMON, restore, {"desiredCount": 0}, {"desiredCount": 1})
    found = broken(standing, "service asset-manager-daemon", "tasks of asset-manager-daemon", "daemon heartbeats")
    assert found["service asset-manager-daemon"].why.startswith("its desired count is 0, and the settings say 1")
    assert found["daemon heartbeats"].why.startswith("no daemon task is running; the last heartbeat is ")
    results = results_of(deployment, quiet, run=True, patience_seconds=0)
    assert [(each.name, each.status, each.next) for each in results[len(STANDING) :]] == [
        (name, "skipped", "see daemon heartbeats") for name in OF_A_RUN
    ]
    restore.close()
    assert_ok(standing)


def test_a_stopped_web_server_is_reported_and_the_command_ends_with_7(
    deployed: Deployed, deployment: Deployment, standing: list[Check], restore: ExitStack
) -> None:
    set_service(deployment, WEB, restore, {"desiredCount": 0}, {"desiredCount": 1})
    failing = ["service asset-manager-web", "tasks of asset-manager-web", "target health", "server_info"]
    found = broken(standing, *failing)
    assert found["target health"].why == "0 healthy targets, and 1 wanted"
    assert f"{deployment.url}/server_info answers 503" in found["server_info"].why
    assert [name for name, result in found.items() if result.status == "skipped"] == OVER_GRAPHQL
    done = deployed.tree.asset_manager("validate", environ=deployed.environ)
    assert (done.returncode, done.stderr) == (7, "")
    assert [line[9:].split("  ")[0] for line in done.stdout.splitlines() if line.startswith("FAILED")] == failing
    assert done.stdout.endswith("\n\n7 ok, 4 failed, 6 skipped\n")
    restore.close()
    assert_ok(standing)


def test_an_unhealthy_target_is_reported_with_the_reason(
    deployment: Deployment, standing: list[Check], restore: ExitStack
) -> None:
    (group,) = deployment.elbv2.describe_target_groups(Names=["asset-manager-web-tg"])["TargetGroups"]
    arn, modify = group["TargetGroupArn"], deployment.elbv2.modify_target_group
    # Else ECS replaces the task as soon as it is unhealthy.
    patient = {"healthCheckGracePeriodSeconds": 3600}
    set_service(deployment, WEB, restore, patient, {"healthCheckGracePeriodSeconds": 120})
    restore.callback(modify, TargetGroupArn=arn, Matcher={"HttpCode": "200"})
    modify(TargetGroupArn=arn, Matcher={"HttpCode": "201"})
    found = broken(standing, "target health", "server_info")
    assert found["target health"].why.endswith(":3000 is unhealthy (Health checks failed with these codes: [200])")
    restore.close()
    assert_ok(standing)


def test_an_image_without_the_code_location_is_reported(
    deployment: Deployment, standing: list[Check], restore: ExitStack
) -> None:
    good = current(deployment, WEB)
    definition: Any = deployment.ecs.describe_task_definition(taskDefinition=good)["taskDefinition"]
    pairs = [(pair["name"], pair["value"]) for pair in definition["containerDefinitions"][0]["environment"]]
    variables = {**dict(pairs), "DAGSTER_CODE_LOCATION": "elsewhere.definitions"}
    environment = [{"name": name, "value": value} for name, value in variables.items()]
    other = newer_revision(deployment, restore, "asset_manager-web-task", {"environment": environment})
    set_service(deployment, WEB, restore, {"taskDefinition": other}, {"taskDefinition": good})
    found = broken(standing, *OVER_GRAPHQL[:-1])
    assert "No module named 'elsewhere'" in found["code location"].why
    missing = "assets not there: metric_semantic_values, snowflake_metric_cache; there are: none"
    assert found["assets"].why == missing
    restore.close()
    assert_ok(standing)


@pytest.mark.parametrize(
    ("kind", "stop", "name"),
    [
        ("Schedule", "stopRunningSchedule", "daily_snowflake_cache_schedule"),
        ("Sensor", "stopSensor", "partition_sync_sensor"),
    ],
)
def test_a_paused_schedule_or_sensor_is_reported(
    deployment: Deployment, standing: list[Check], restore: ExitStack, kind: str, stop: str, name: str
) -> None:
    query, lower = deployment.web.query, kind.lower()
    repository = {"repositoryName": "__repository__", "repositoryLocationName": "asset_manager.definitions"}
    it = {"it": {**repository, f"{lower}Name": name}}
    state = f"{lower}OrError({lower}Selector: $it) {{ ... on {kind} {{ {lower}State {{ id }} }} }}"
    id_ = query(f"query($it: {kind}Selector!) {{ {state} }}", it)[f"{lower}OrError"][f"{lower}State"]["id"]
    reset = f"mutation($it: {kind}Selector!) {{ reset{kind}({lower}Selector: $it) {{ __typename }} }}"
    restore.callback(query, reset, it)
    query(f"mutation($id: String) {{ {stop}(id: $id) {{ __typename }} }}", {"id": id_})
    found = broken(standing, name)[name]
    assert found.why == "it is STOPPED, and RUNNING is expected"
    assert found.next == f"Somebody switched the {lower} off: switch it on in the UI (Automation)."
    restore.close()
    assert_ok(standing)
