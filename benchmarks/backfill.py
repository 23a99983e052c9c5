"""`python -m benchmarks.backfill [PARTITIONS]`: a backfill through the deployment that `make local` left running.

Daemon -> EcsRunLauncher -> RunTask -> run worker -> Postgres, S3, Snowflake, for each partition; then what it took.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass
from typing import Any

import psutil

from ops.local import deployment, emulator
from ops.local.deployment import Local

ASSETS = [{"path": ["metric_semantic_values"]}, {"path": ["snowflake_metric_cache"]}]
DONE = {"SUCCESS", "FAILURE", "CANCELED"}
MOST_CALLS_A_LAUNCH = 3
MOST_SECONDS_TO_START = 12


@dataclass(frozen=True)
class Dagster:
    """The web server, over GraphQL."""

    url: str

    def ask(self, query: str, **variables: object) -> Any:
        """The answer's data."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  loopback
            return json.load(answer)["data"]

    def partitions(self) -> list[str]:
        """The keys that the sensor has added."""
        query = (
            "query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode { partitionKeys } } }"
        )
        return list(self.ask(query, key=ASSETS[1])["assetNodeOrError"]["partitionKeys"])

    def backfill(self, partitions: list[str]) -> str:
        """Launch it; its id."""
        query = """mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
            __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
        answer = self.ask(query, params={"assetSelection": ASSETS, "partitionNames": partitions})
        return str(answer["launchPartitionBackfill"]["backfillId"])

    def runs(self, backfill: str) -> list[Any]:
        """Its runs as they are now; times in seconds."""
        query = """query($filter: RunsFilter!) { runsOrError(filter: $filter) { ... on Runs { results {
            runId status creationTime startTime tags { key value } } } } }"""
        tag = {"key": "dagster/backfill", "value": backfill}
        return list(self.ask(query, filter={"tags": [tag]})["runsOrError"]["results"])


def calls(local: Local) -> Counter[str]:
    """How often each AWS API was called so far, as the emulator counts."""
    with urllib.request.urlopen(f"{local.endpoint}/asset-manager-api/calls", timeout=30) as answer:  # noqa: S310
        return Counter(json.load(answer))


def memory() -> float:
    """The emulator's resident memory in MB."""
    found = emulator.running(deployment.DIRECTORY)
    assert found  # noqa: S101
    return float(psutil.Process(found.pid).memory_info().rss / 1e6)


def main() -> int:
    """0 only if every run succeeded, each was launched once, and the numbers are within their bounds."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    local = deployment.running()
    dagster = Dagster(f"http://127.0.0.1:{local.ports.web}")
    partitions = dagster.partitions()[:wanted]
    if len(partitions) < wanted:
        print(f"there are {len(partitions)} partitions yet, and {wanted} are wanted: the sensor adds them", flush=True)
        return 1

    single = watch(dagster, partitions[:1])
    before, memory_before, began = calls(local), memory(), time.monotonic()
    runs = watch(dagster, partitions)
    seconds, made = time.monotonic() - began, calls(local) - before

    tasks = [tag["value"] for run in runs for tag in run["tags"] if tag["key"] == "ecs/task_arn"]
    statuses = Counter(run["status"] for run in runs)
    launches = made["ecs:RunTask"]
    per_launch = sum(
        made[name] for name in ("ecs:RunTask", "ecs:DescribeTaskDefinition", "ec2:DescribeNetworkInterfaces")
    )
    start = single[0]["startTime"] - single[0]["creationTime"]
    print(f"runs                        {len(runs)} of {wanted}: {dict(statuses)}")
    print(f"tasks launched              {launches}, {len(set(tasks))} different")
    print(f"wall time                   {seconds:.0f} s, {seconds / wanted:.1f} s a partition")
    print(f"AWS calls to launch a run   {per_launch / max(launches, 1):.1f} (at most {MOST_CALLS_A_LAUNCH})")
    print(f"launch to first event       {start:.1f} s for one run alone (under {MOST_SECONDS_TO_START})")
    print(f"the emulator's memory       {memory_before:.0f} MB before, {memory():.0f} MB after")
    good = statuses == {"SUCCESS": wanted} and launches == len(set(tasks)) == wanted
    return 0 if good and per_launch <= MOST_CALLS_A_LAUNCH * launches and start < MOST_SECONDS_TO_START else 1


def watch(dagster: Dagster, partitions: list[str]) -> list[Any]:
    """Backfill these partitions, and say how far it is until every run has ended."""
    backfill, told = dagster.backfill(partitions), ""
    while True:
        runs = dagster.runs(backfill)
        state = f"{sum(run['status'] in DONE for run in runs)} of {len(partitions)} ended"
        if state != told:
            print(f"    {state}", flush=True)
            told = state
        if len(runs) == len(partitions) and all(run["status"] in DONE for run in runs):
            return runs
        time.sleep(1)


if __name__ == "__main__":
    sys.exit(main())
