"""Materializes one partition: through the queue, the daemon and the launcher, in a task of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ops.checking.deployed.dagster import ASSETS, locations, repositories
from ops.console.finding import Finding, failed, ok
from ops.dagster_api.runs import ENDED, PARTITION_TAG, events, follow, launch, problem
from ops.dagster_api.transport import NoAnswerError
from ops.dagster_api.web import JSON, Web

JOB, GRAIN = "day_snowflake_cache_job", "day"
CACHE = ASSETS[-1]
SECONDS_FOR_PARTITIONS = 60  # the sensor's first tick comes soon after the daemon's start
SECONDS_FOR_THE_RUN = 900  # Fargate takes a minute to start a task, and a full queue takes its time
SECONDS_BETWEEN_POLLS = 2

PARTITIONS = """query($asset: AssetKeyInput!) { assetNodeOrError(assetKey: $asset) { __typename
  ... on AssetNode { partitionKeys } } }"""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A launched run as Dagster reports it; `rows` and `table` are from the last asset's metadata."""

    id: str
    partition: str
    status: str
    tags: Mapping[str, str]
    seconds: float
    problem: str = ""
    rows: int | None = None
    table: str | None = None


def materialize(web: Web, report: Callable[[str], None]) -> Ran:
    """Launch the run of one partition, and wait until it has ended or time is up."""
    partition = _partition(web, report)
    repository = next(
        each
        for each in repositories(locations(web))
        if any(node["assetKey"]["path"] == [CACHE] for node in each["assetNodes"])
    )
    selector = {"repositoryLocationName": repository["location"], "repositoryName": repository["name"], "jobName": JOB}
    id_ = launch(web, selector, {PARTITION_TAG: partition, "launched-by": "asset-manager validate"})
    report(f"run {id_}: {JOB} of {partition}")
    seen = follow(web, id_, SECONDS_FOR_THE_RUN, report)
    return _with_events(web, Ran(id=id_, partition=partition, status=seen.status, tags=seen.tags, seconds=seen.seconds))


def _partition(web: Web, report: Callable[[str], None]) -> str:
    """The first partition of the grain. A fresh deployment has none until the sensor has ticked."""
    deadline, reported = time.monotonic() + SECONDS_FOR_PARTITIONS, False
    while True:
        asset: JSON = web.query(PARTITIONS, {"asset": {"path": [CACHE]}})["assetNodeOrError"]
        if asset["__typename"] != "AssetNode":
            raise NoAnswerError(f"there is no asset {CACHE}: see `assets`")
        keys = sorted(key for key in asset["partitionKeys"] if f"::{GRAIN}::" in key)
        if keys:
            return str(keys[0])
        if time.monotonic() > deadline:
            raise NoAnswerError(
                f"{CACHE} has no partition of grain {GRAIN}: partition_sync_sensor adds them. What its last tick "
                "says is in the UI (Automation); METRICS_DATABASE_URL must lead to metrics that are switched on."
            )
        if not reported:
            report("waiting for partition_sync_sensor to add the partitions")
            reported = True
        time.sleep(SECONDS_BETWEEN_POLLS)


def _with_events(web: Web, ran: Ran) -> Ran:
    """The run with the facts of its events: the error that ended it, or what it wrote."""
    found = events(web, ran.id)
    entries = [
        entry
        for event in found
        if event["__typename"] == "MaterializationEvent" and event["assetKey"]["path"] == [CACHE]
        for entry in event["metadataEntries"]
    ]
    return Ran(
        id=ran.id,
        partition=ran.partition,
        status=ran.status,
        tags=ran.tags,
        seconds=ran.seconds,
        problem=problem(found),
        rows=next((entry["intValue"] for entry in entries if entry["label"] == "dagster/row_count"), None),
        table=next((entry["text"] for entry in entries if entry["label"] == "table"), None),
    )


def judge_run(ran: Ran) -> Finding:
    """The run's status is SUCCESS."""
    if ran.status == "SUCCESS":
        return ok(f"{ran.id} of {ran.partition}: SUCCESS in {ran.seconds:.0f} s")
    state = f"{ran.id} of {ran.partition} is {ran.status} after {ran.seconds:.0f} s"
    if ran.status not in ENDED:
        advice = {
            "QUEUED": "Is the daemon running? Is max_concurrent_runs reached? Is a run of this partition under way?",
            "NOT_STARTED": "Nothing takes it from the queue: is the daemon running?",
            "STARTING": "Its task does not start: see `ECS task of the run`, and the run's log group.",
        }.get(ran.status, "It is slow, or hangs: read its log group. It was left running.")
        return failed(state, advice)
    return failed(
        f"{state}{': ' * bool(ran.problem)}{ran.problem}",
        "The message names the cause; the whole of it is in the UI (Runs). A corrected partition can be run again.",
    )
