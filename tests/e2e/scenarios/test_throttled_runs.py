"""A hundred runs while ECS throttles and a deployment rolls the services: none is lost, and none is launched twice."""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.backfill import DONE, Dagster
from tests.support.deployed import Deployed

RUNS = 100
BATCH = RUNS // 2  # there are fewer partitions than runs, and of one partition no two may run at once


@pytest.fixture
def dagster(deployed: Deployed) -> Dagster:
    return Dagster(f"http://127.0.0.1:{deployed.tree.web_port}")


def ask(deployed: Deployed, path: str) -> dict[str, int]:
    """One of the local AWS's own answers."""
    return dict(deployed.tree.ask_local_aws(path))


def enough_partitions(dagster: Dagster) -> list[str]:
    """As many as a batch has runs, once the sensor has added them."""
    deadline = time.monotonic() + 120
    while len(partitions := dagster.partitions()) < BATCH:
        assert time.monotonic() < deadline, f"the sensor has added {len(partitions)} partitions, and not {BATCH}"
        time.sleep(1)
    return partitions[:BATCH]


def ended(dagster: Dagster, backfill: str, seconds: float) -> list[Any]:
    """The runs of a backfill, once all have ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        runs = dagster.runs(backfill)
        if len(runs) == BATCH and all(run["status"] in DONE for run in runs):
            return runs
        time.sleep(1)
    raise AssertionError(f"not ended after {seconds} s: {Counter(run['status'] for run in dagster.runs(backfill))}")


@pytest.fixture
def throttled(deployed: Deployed) -> Iterator[None]:
    """ECS refuses three calls in ten, of every caller."""
    ask(deployed, "throttle/30")
    yield
    ask(deployed, "throttle/0")


@pytest.mark.timeout(2400)
@pytest.mark.usefixtures("throttled")
def test_a_hundred_runs_outlive_throttling_and_a_deployment_none_lost_and_none_doubled(
    deployed: Deployed, dagster: Dagster
) -> None:
    """All three definitions get a new revision; what was queued was queued under the old one."""
    partitions = enough_partitions(dagster)
    calls = Counter(ask(deployed, "calls"))
    backfill = dagster.backfill(partitions)
    while not any(run["status"] == "STARTED" for run in dagster.runs(backfill)):
        time.sleep(0.5)
    prod_yaml = deployed.tree.root / "environments" / "prod.yaml"
    text = prod_yaml.read_text()
    prod_yaml.write_text(text.replace("  memory: 4096", "  memory: 5120").replace("  memory: 1024", "  memory: 2048"))
    at_work = Counter(run["status"] for run in dagster.runs(backfill))
    assert at_work["QUEUED"], f"nothing is queued any more, so this would prove nothing: {at_work}"
    deploying = deployed.tree.asset_manager("local", "up")
    assert deploying.returncode == 0, deploying.stdout + deploying.stderr
    during = ended(dagster, backfill, 900)
    runs = [*during, *ended(dagster, dagster.backfill(partitions), 900)]

    refused = ask(deployed, "throttle/0")
    assert Counter(run["status"] for run in runs) == {"SUCCESS": RUNS}
    tasks = [tag["value"] for run in runs for tag in run["tags"] if tag["key"] == "ecs/task_arn"]
    assert len(set(tasks)) == len(tasks) == RUNS
    # One launch a run, and one of `validate --run`; a refused call was no launch.
    launched = (Counter(ask(deployed, "calls")) - calls)["ecs:RunTask"]
    assert launched == RUNS + 1, "each run was launched once"
    assert refused["RunTask"] > 0
    found = deployed.ecs.describe_tasks(cluster="asset-manager", tasks=tasks[:BATCH])["tasks"]
    revisions = {task["taskDefinitionArn"].rpartition("/")[2] for task in found}
    assert len(revisions) == 2, f"some under the old revision, some under the new one: {revisions}"
