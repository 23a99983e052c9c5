"""Processes that are killed: the web task comes back, and a run that lost its worker is run again to success."""

import pytest

from ops.dagster_api.transport import NoAnswerError
from tests.support.crashes import Killed, eventually, kill, run_again, running, web
from tests.support.deployed import Deployed


def answers(deployed: Deployed) -> bool:
    try:
        return web(deployed).server_info().status == 200
    except NoAnswerError:
        return False


def test_a_killed_web_task_is_replaced_and_answers_again(deployed: Deployed) -> None:
    (before,) = running(deployed, "asset_manager-web-task")
    kill(before)
    (after,) = eventually(
        lambda: [task for task in running(deployed, "asset_manager-web-task") if task != before], seconds=90
    )
    assert after != before
    assert eventually(lambda: answers(deployed), seconds=90)
    stopped = deployed.ecs.describe_tasks(cluster="asset-manager", tasks=[before])["tasks"][0]
    assert stopped["containers"][0]["exitCode"] == 137
    assert stopped["stopCode"] == "EssentialContainerExited"


def capacity(deployed: Deployed, task: str) -> str | None:
    """Where a task runs or ran."""
    return deployed.ecs.describe_tasks(cluster="asset-manager", tasks=[task])["tasks"][0].get("capacityProviderName")


def tags_of(deployed: Deployed, run: str) -> dict[str, str]:
    """A run's tags."""
    asked = "query($id: ID!) { runOrError(runId: $id) { ... on Run { tags { key value } } } }"
    tags = web(deployed).query(asked, {"id": run})["runOrError"]["tags"]
    return {tag["key"]: tag["value"] for tag in tags}


@pytest.mark.timeout(1500)
def test_a_run_whose_worker_was_killed_is_marked_failed_and_run_again_to_success(
    deployed: Deployed, killed: Killed
) -> None:
    first = killed.first()
    second = run_again(deployed, first)
    assert second != first.id
    assert capacity(deployed, first.tags["ecs/task_arn"]) == "FARGATE_SPOT"
    tags = tags_of(deployed, second)
    assert capacity(deployed, tags["ecs/task_arn"]) == "FARGATE", "a retry is on demand"
    assert tags["dagster/partition"] == first.partition, "the queue holds it back behind others of its partition"
