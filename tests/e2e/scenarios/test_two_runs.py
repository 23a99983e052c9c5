"""Two runs of one partition, launched at once: the second starts when the first has ended, and both succeed."""

import pytest

from ops.checking.deployed.run import CACHE, JOB, PARTITIONS, materialize
from ops.dagster_api.runs import PARTITION_TAG, events, follow, launch
from ops.dagster_api.web import Web
from tests.support.deployed import Deployed

TIMES = "query($id: ID!) { runOrError(runId: $id) { ... on Run { startTime endTime } } }"
SELECTOR = {
    "repositoryLocationName": "asset_manager.definitions",
    "repositoryName": "__repository__",
    "jobName": JOB,
}


def times(web: Web, run: str) -> tuple[float, float]:
    """When a run's worker started and ended."""
    found = web.query(TIMES, {"id": run})["runOrError"]
    return found["startTime"], found["endTime"]


def rows(web: Web, run: str) -> list[int]:
    """The rows that each asset of a run reports: those of the source, and those that Snowflake holds."""
    return [
        entry["intValue"]
        for event in events(web, run)
        if event["__typename"] == "MaterializationEvent"
        for entry in event["metadataEntries"]
        if entry["label"] == "dagster/row_count"
    ]


@pytest.mark.timeout(900)
def test_two_runs_of_one_partition_succeed_one_after_the_other(deployed: Deployed) -> None:
    web = Web.at(f"http://127.0.0.1:{deployed.tree.web_port}")
    loaded = materialize(web, print)  # once the sensor has added the partitions
    assert loaded.status == "SUCCESS"
    tenant_and_grain, _, _ = loaded.partition.rpartition("::")
    keys = web.query(PARTITIONS, {"asset": {"path": [CACHE]}})["assetNodeOrError"]["partitionKeys"]
    # Of the same table; the queue lets it load at the same time.
    neighbour = next(key for key in keys if key.startswith(f"{tenant_and_grain}::") and key != loaded.partition)

    partitions = [loaded.partition, loaded.partition, neighbour]
    launched = [launch(web, SELECTOR, {PARTITION_TAG: partition}) for partition in partitions]
    said: list[str] = []
    assert [follow(web, run, 300, said.append).status for run in launched] == ["SUCCESS"] * 3, said
    (_, first_ended), (second_started, _) = sorted(times(web, run) for run in launched[:2])
    assert first_ended <= second_started
    for run in launched:
        of_the_source, in_the_cache = rows(web, run)
        assert of_the_source == in_the_cache > 0
