"""`python -m benchmarks.backfill [RUNS] [--throttle PERCENT]`: a backfill through what `make local` left running, or
two and more, one after the other, where there are fewer partitions than runs.

Daemon -> EcsRunLauncher -> RunTask -> run worker -> Postgres, S3, Snowflake, for each partition; then what it took.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psutil
from sqlalchemy import create_engine, text

from local_aws import access_key, emulator
from ops.local import up
from ops.local.up import Local
from settings import connections

ASSETS = [{"path": ["metric_semantic_values"]}, {"path": ["snowflake_metric_cache"]}]
DONE = {"SUCCESS", "FAILURE", "CANCELED"}
MOST_CALLS_A_LAUNCH = 3
MOST_SECONDS_TO_START = 12
MOST_SECONDS_A_RUN = 30  # of many at once
SECONDS_FOR_A_TASK_TO_END = 10  # after its run has: the worker is to say goodbye


@dataclass(frozen=True)
class Dagster:
    """The web server, over GraphQL."""

    url: str

    def ask(self, query: str, **variables: object) -> Any:
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


def asked(local: Local, path: str) -> dict[str, int]:
    """What the local AWS answers at an address of its own."""
    headers = access_key.bearer(local.environ["AWS_ACCESS_KEY_ID"])
    request = urllib.request.Request(f"{local.endpoint}/asset-manager-api/{path}", headers=headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return dict(json.load(answer))


def calls(local: Local) -> Counter[str]:
    """How often each AWS API was called so far, as the emulator counts."""
    return Counter(asked(local, "calls"))


def memory() -> float:
    """The emulator's resident memory in MB."""
    found = emulator.running(up.DIRECTORY)
    assert found  # noqa: S101
    return float(psutil.Process(found.pid).memory_info().rss / 1e6)


def throttle(local: Local, percent: int) -> int:
    """Have the emulator refuse this share of the ECS calls from now on; how many it refused until now."""
    return sum(asked(local, f"throttle/{percent}").values())


def connected(local: Local) -> Callable[[], int]:
    """How many connections Dagster's database has, whenever it is asked."""
    engine = create_engine(local.environ["TF_VAR_metrics_database_url"])
    query = text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name")

    def count() -> int:
        with engine.connect() as connection:
            return int(connection.execute(query, {"name": local.settings.database.name}).scalar_one())

    return count


def tasks_left(local: Local) -> int:
    """How many run tasks have not ended."""
    family = local.settings.names.run_family
    return len(local.clients.ecs.list_tasks(cluster=local.settings.existing.cluster, family=family)["taskArns"])


def main() -> int:
    """0 only if every run succeeded, each was launched once, and the numbers are within their bounds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backfill")
    parser.add_argument("runs", type=int, nargs="?", default=50)
    parser.add_argument("--throttle", type=int, default=0, help="percent of ECS calls that are refused meanwhile")
    arguments = parser.parse_args()
    wanted: int = arguments.runs
    if emulator.running(up.DIRECTORY) is None:
        print("make local is not up: no backfill is measured")
        return 0
    local = up.running()
    dagster = Dagster(f"http://127.0.0.1:{local.ports.web}")
    partitions = dagster.partitions()
    if not partitions:
        print("there are no partitions yet: the sensor adds them", flush=True)
        return 1
    rounds = [partitions[: wanted - done] for done in range(0, wanted, len(partitions))]

    count = connected(local)
    single, _ = watch(dagster, partitions[:1], count)
    throttle(local, arguments.throttle)
    before, memory_before, began = calls(local), memory(), time.monotonic()
    runs: list[Any] = []
    most_connections = 0
    try:
        # Never two runs of a partition at once: Snowflake has the second wait, and its stand-in fails it.
        for each in rounds:
            ended, most = watch(dagster, each, count)
            runs, most_connections = [*runs, *ended], max(most_connections, most)
    finally:
        refused = throttle(local, 0)
    seconds, made = time.monotonic() - began, calls(local) - before
    time.sleep(SECONDS_FOR_A_TASK_TO_END)

    tasks = [tag["value"] for run in runs for tag in run["tags"] if tag["key"] == "ecs/task_arn"]
    statuses = Counter(run["status"] for run in runs)
    launches, left = made["ecs:RunTask"], tasks_left(local)
    per_launch = sum(
        made[name] for name in ("ecs:RunTask", "ecs:DescribeTaskDefinition", "ec2:DescribeNetworkInterfaces")
    )
    start = single[0]["startTime"] - single[0]["creationTime"]
    allowed = connections.most(local.settings.web.most, local.settings.run.max_concurrent)
    print(f"runs                        {len(runs)} of {wanted}: {dict(statuses)}")
    print(f"tasks launched              {launches}, {len(set(tasks))} different, {left} left behind")
    print(f"ECS calls refused           {refused} ({arguments.throttle} %)")
    print(f"wall time                   {seconds:.0f} s, {seconds / wanted:.1f} s a run")
    print(f"AWS calls to launch a run   {per_launch / max(launches, 1):.1f} (at most {MOST_CALLS_A_LAUNCH})")
    print(f"launch to first event       {start:.1f} s for one run alone (under {MOST_SECONDS_TO_START})")
    print(f"connections to Dagster's    {most_connections} at most (the budget is {allowed})")
    print(f"the emulator's memory       {memory_before:.0f} MB before, {memory():.0f} MB after")
    good = statuses == {"SUCCESS": wanted} and launches == len(set(tasks)) == wanted and left == 0
    within = per_launch <= MOST_CALLS_A_LAUNCH * launches and start < MOST_SECONDS_TO_START
    return 0 if good and within and most_connections <= allowed else 1


def watch(dagster: Dagster, partitions: list[str], count: Callable[[], int]) -> tuple[list[Any], int]:
    """Backfill these partitions until every run has ended; the runs, and the most connections that were counted."""
    backfill, printed, most = dagster.backfill(partitions), "", 0
    wanted = len(partitions)
    deadline = time.monotonic() + 60 + wanted * MOST_SECONDS_A_RUN
    while True:
        runs, most = dagster.runs(backfill), max(most, count())
        state = f"{sum(run['status'] in DONE for run in runs)} of {wanted} ended"
        if state != printed:
            print(f"    {state}", flush=True)
            printed = state
        if len(runs) == wanted and all(run["status"] in DONE for run in runs):
            return runs, most
        if time.monotonic() > deadline:
            raise TimeoutError(f"{state}, and no more come: runs are lost")
        time.sleep(1)


if __name__ == "__main__":
    sys.exit(main())
