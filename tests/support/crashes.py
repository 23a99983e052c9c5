"""Processes of tasks that a test kills, and runs that it waits for."""

import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import psutil

from local_aws.ecs.process import METADATA_V4
from ops.checking.deployed.run import Ran, materialize
from ops.dagster_api.runs import ENDED, PARTITION_TAG, TASK_TAG
from ops.dagster_api.transport import NoAnswerError
from ops.dagster_api.web import Web
from tests.support.deployed import Deployed

Found = TypeVar("Found")
RUN = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status tags { key value } } } }"
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
    return Web.at(f"http://127.0.0.1:{deployed.tree.web_port}")


def running(deployed: Deployed, family: str) -> list[str]:
    """The ids of the family's tasks that run."""
    arns = deployed.ecs.list_tasks(cluster="asset-manager", family=family)["taskArns"]
    if not arns:
        return []
    tasks = deployed.ecs.describe_tasks(cluster="asset-manager", tasks=arns)["tasks"]
    return [task["taskArn"].rpartition("/")[2] for task in tasks if task["lastStatus"] == "RUNNING"]


def task_of(deployed: Deployed, run: str) -> str | None:
    """The task of a run: a schedule may have launched others just now."""
    found = running(deployed, "asset-manager-run")
    if not found:
        return None
    tasks = deployed.ecs.describe_tasks(cluster="asset-manager", tasks=found, include=["TAGS"])["tasks"]
    mine = [task for task in tasks if {"key": "dagster/run_id", "value": run} in task["tags"]]
    return mine[0]["taskArn"].rpartition("/")[2] if mine else None


def kill(task: str) -> None:
    """Kill the task's process and all below it, as the kernel does when memory runs out."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(METADATA_V4, "").endswith(task):
                process.kill()


class _StartedError(Exception):
    """The run works."""


@dataclass(frozen=True)
class Killed:
    """A run that lost its worker."""

    deployed: Deployed
    run: str
    task: str

    def first(self) -> Ran:
        """The run, once Dagster marked it failed: run monitoring looks once a minute, and sees it at once or then."""
        began = time.monotonic()
        found = eventually(self._if_ended, seconds=600)
        tags = {tag["key"]: tag["value"] for tag in found["tags"]}
        assert found["status"] == "FAILURE"
        assert tags[TASK_TAG].endswith(self.task)
        seconds = time.monotonic() - began
        return Ran(id=self.run, partition=tags[PARTITION_TAG], status="FAILURE", tags=tags, seconds=seconds)

    def _if_ended(self) -> dict[str, Any] | None:
        try:
            found = web(self.deployed).query(RUN, {"id": self.run})["runOrError"]
        except NoAnswerError:  # another test may replace the web task meanwhile
            return None
        return dict(found) if found["status"] in ENDED else None


def kill_a_worker(deployed: Deployed) -> Killed:
    """Launch a run, and kill its worker once it works."""
    said: list[str] = []

    def report(line: str) -> None:
        said.append(line)
        if "STARTED" in line:  # before its first event it would only be missed after run monitoring's start timeout
            raise _StartedError

    with suppress(_StartedError):
        materialize(web(deployed), report)
    (run,) = {found[1] for line in said if (found := re.match(r"run ([0-9a-f-]{36}):", line))}
    task = eventually(lambda: task_of(deployed, run), seconds=30)
    kill(task)
    return Killed(deployed=deployed, run=run, task=task)


def run_again(deployed: Deployed, first: Ran) -> str:
    """The run that Dagster launched in its place, once it has succeeded."""
    of_first = {"tags": [{"key": "dagster/parent_run_id", "value": first.id}], "statuses": ["SUCCESS"]}

    def again() -> str | None:
        found = web(deployed).query(RUNS, {"filter": of_first})
        return next((run["runId"] for run in found["runsOrError"]["results"]), None)

    return eventually(again, seconds=300)
