"""How many daemons run while their service is deployed to."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import psutil

from local_aws import emulator
from tests.support.deployed import Deployed

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import TaskTypeDef

STATUSES: "tuple[Literal['RUNNING'], Literal['STOPPED']]" = ("RUNNING", "STOPPED")


def daemons(local_aws: psutil.Process) -> int:
    """How many `dagster-daemon run` the local ECS has: a task's process is a child of it."""
    found = 0
    for process in local_aws.children():
        with suppress(psutil.Error):
            found += "dagster-daemon run" in " ".join(process.cmdline())
    return found


@contextmanager
def sampled(deployed: Deployed, hertz: float) -> Iterator[Counter[int]]:
    """The counts of daemons seen, again and again in the background."""
    seen: Counter[int] = Counter()
    over = threading.Event()
    up = emulator.running(deployed.tree.root / ".local")
    assert up
    local_aws = psutil.Process(up.pid)

    def look() -> None:
        due = time.monotonic()
        while not over.wait(max(0, due - time.monotonic())):
            due += 1 / hertz
            seen[daemons(local_aws)] += 1

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def steady(deployed: Deployed, service: str, deployment: str) -> None:
    """Until the deployment is complete."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        (found,) = deployed.ecs.describe_services(cluster="asset-manager", services=[service])["services"]
        (newest, *older) = found["deployments"]
        if newest["id"] == deployment and newest.get("rolloutState") == "COMPLETED" and not older:
            return
        time.sleep(0.5)
    raise AssertionError(f"{service} is not steady: {found['events'][:3]}")


def assert_never_two_through(deployed: Deployed, deployments: int) -> None:
    """Deploy the daemon again that often: there are never two.

    Processes are counted, ten times a second where the machine allows. What falls between two looks, such as a short
    time without a daemon, is in ECS's record: each task began after the one before it had ended.
    """
    with sampled(deployed, hertz=10) as seen:
        for _ in range(deployments):
            answer = deployed.ecs.update_service(
                cluster="asset-manager", service="asset-manager-daemon", forceNewDeployment=True
            )
            steady(deployed, "asset-manager-daemon", answer["service"]["deployments"][0]["id"])
    assert seen[1] > 0, f"no daemon was seen: {seen}"
    assert max(seen) == 1, f"two daemons were seen: {seen}"
    tasks = daemon_tasks(deployed)
    assert len(tasks) > deployments
    for earlier, later in pairwise(tasks):
        assert earlier["stoppedAt"] <= later["startedAt"], f"{earlier['taskArn']} still ran"


def daemon_tasks(deployed: Deployed) -> "list[TaskTypeDef]":
    """The service's tasks so far, in the order of their creation."""
    arns: list[str] = []
    for status in STATUSES:
        pages = deployed.ecs.get_paginator("list_tasks").paginate(
            cluster="asset-manager", serviceName="asset-manager-daemon", desiredStatus=status
        )
        arns += [arn for page in pages for arn in page["taskArns"]]
    tasks = deployed.ecs.describe_tasks(cluster="asset-manager", tasks=arns)["tasks"]
    return sorted(tasks, key=lambda task: task["createdAt"])
