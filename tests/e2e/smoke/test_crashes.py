"""Processes that are killed: the web task comes back, and a run that lost its worker is run again to success."""

import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import psutil
import pytest

from ops.local.agent.process import METADATA_V4
from ops.validation.run import Ran, materialize
from ops.validation.web import NoAnswerError, Web
from tests.support.deployed import Deployed

Found = TypeVar("Found")
RUNS = "query($filter: RunsFilter!) { runsOrError(filter: $filter) { ... on Runs { results { runId status } } } }"


def eventually(what: Callable[[], Found | None], seconds: float) -> Found:
    """What it gives, once it gives something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.5)
    raise AssertionError(f"nothing in {seconds} seconds")


def web(deployed: Deployed) -> Web:
    return Web(f"http://127.0.0.1:{deployed.tree.web_port}", through_proxy=False)


def running(deployed: Deployed, family: str) -> list[str]:
    """The ids of the family's tasks that run."""
    arns = deployed.ecs.list_tasks(cluster="asset-manager", family=family)["taskArns"]
    if not arns:
        return []
    tasks = deployed.ecs.describe_tasks(cluster="asset-manager", tasks=arns)["tasks"]
    return [task["taskArn"].rpartition("/")[2] for task in tasks if task["lastStatus"] == "RUNNING"]


def task_of(deployed: Deployed, run: str) -> str | None:
    """The task that runs a run: a schedule may have launched others just now."""
    found = running(deployed, "asset-manager-run")
    if not found:
        return None
    tasks = deployed.ecs.describe_tasks(cluster="asset-manager", tasks=found, include=["TAGS"])["tasks"]
    mine = [task for task in tasks if {"key": "dagster/run_id", "value": run} in task["tags"]]
    return mine[0]["taskArn"].rpartition("/")[2] if mine else None


def kill(task: str) -> None:
    """The task's process and all below it, as the kernel does when memory runs out."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(METADATA_V4, "").endswith(task):
                process.kill()


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


def kill_a_worker(deployed: Deployed) -> Ran:
    """Launch a run, kill its worker, and return it as Dagster tells of it in the end."""
    ended: list[Ran] = []
    launched: list[str] = []
    watcher = threading.Thread(target=lambda: ended.append(materialize(web(deployed), launched.append)))
    watcher.start()
    run = eventually(lambda: re.match(r"run ([0-9a-f-]{36}):", "".join(launched)), seconds=120)[1]
    # Before its first event it would only be missed after run monitoring's start timeout.
    eventually(lambda: f"run {run}: STARTED" in "".join(launched), seconds=120)
    task = eventually(lambda: task_of(deployed, run), seconds=30)
    kill(task)
    watcher.join(timeout=600)  # run monitoring looks once a minute, and says FAILURE at the first or second look
    (first,) = ended
    assert (first.id, first.status) == (run, "FAILURE")
    assert first.tags["ecs/task_arn"].endswith(task)
    return first


@pytest.mark.timeout(1500)
def test_a_run_whose_worker_was_killed_is_marked_failed_and_run_again_to_success(deployed: Deployed) -> None:
    first = kill_a_worker(deployed)

    def again() -> str | None:
        """The run that Dagster launched in its place, once it has succeeded."""
        found = web(deployed).query(
            RUNS, {"filter": {"tags": [{"key": "dagster/parent_run_id", "value": first.id}], "statuses": ["SUCCESS"]}}
        )
        return next((run["runId"] for run in found["runsOrError"]["results"]), None)

    second = eventually(again, seconds=300)
    assert second != first.id
    assert capacity(deployed, first.tags["ecs/task_arn"]) == "FARGATE_SPOT"
    tags = tags_of(deployed, second)
    assert capacity(deployed, tags["ecs/task_arn"]) == "FARGATE", "a retry is on demand"
    assert tags["dagster/partition"] == first.partition, "the queue holds it back behind others of its partition"
