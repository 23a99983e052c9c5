"""A process that is killed: its task comes back."""

import json
import time
from collections.abc import Callable
from typing import TypeVar

import psutil

from ops.validation.web import NoAnswerError, Web

from .deployed import Deployed

Found = TypeVar("Found")


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


def kill(deployed: Deployed, task: str) -> None:
    """The task's process and all below it, as the kernel does when memory runs out."""
    record = json.loads((deployed.tree.root / ".local" / "tasks" / f"{task}.json").read_text())
    process = psutil.Process(record["pid"])
    for one in [*process.children(recursive=True), process]:
        one.kill()


def answers(deployed: Deployed) -> bool:
    try:
        return web(deployed).server_info().status == 200
    except NoAnswerError:
        return False


def test_a_killed_web_task_is_replaced_and_answers_again(deployed: Deployed) -> None:
    (before,) = running(deployed, "asset_manager-web-task")
    kill(deployed, before)
    (after,) = eventually(
        lambda: [task for task in running(deployed, "asset_manager-web-task") if task != before], seconds=90
    )
    assert after != before
    assert eventually(lambda: answers(deployed), seconds=90)
    stopped = deployed.ecs.describe_tasks(cluster="asset-manager", tasks=[before])["tasks"][0]
    assert stopped["containers"][0]["exitCode"] == 137
    assert stopped["stopCode"] == "EssentialContainerExited"
