"""Deployments while Dagster works: no run is lost, no daemon is doubled, and one that does not come up is undone."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.backfill import DONE, Dagster
from ops.validation.web import NoAnswerError, Web
from tests.support.daemons import assert_never_two_through
from tests.support.deployed import Deployed

RUNS = 100
BATCH = RUNS // 2  # there are fewer partitions than runs, and of one partition no two may run at once
DEPLOYMENTS = 10


@pytest.fixture
def dagster(deployed: Deployed) -> Dagster:
    return Dagster(f"http://127.0.0.1:{deployed.tree.web_port}")


@pytest.fixture
def prod_yaml(deployed: Deployed) -> Iterator[Path]:
    """The environment file, and the deployment of it, as they were."""
    file = deployed.tree.root / "environments" / "prod.yaml"
    before = file.read_text()
    yield file
    file.write_text(before)
    done = deployed.tree.asset_manager("local", "up")
    assert done.returncode == 0, done.stdout + done.stderr


def ask(deployed: Deployed, path: str) -> dict[str, int]:
    """One of the emulator's own answers."""
    return dict(deployed.tree.ask_local_aws(path))


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
    """ECS refuses three calls in ten, whoever calls."""
    ask(deployed, "throttle/30")
    yield
    ask(deployed, "throttle/0")


@pytest.mark.timeout(2400)
@pytest.mark.usefixtures("throttled")
def test_a_hundred_runs_outlive_throttling_and_a_deployment_none_lost_and_none_doubled(
    deployed: Deployed, dagster: Dagster, prod_yaml: Path
) -> None:
    """All three definitions get a new revision; what was queued was queued under the old one."""
    partitions = dagster.partitions()[:BATCH]
    assert len(partitions) == BATCH
    calls = Counter(ask(deployed, "calls"))
    backfill = dagster.backfill(partitions)
    while not any(run["status"] == "STARTED" for run in dagster.runs(backfill)):
        time.sleep(0.5)
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


@pytest.mark.timeout(1200)
def test_there_is_never_a_second_daemon_through_ten_deployments(deployed: Deployed) -> None:
    assert_never_two_through(deployed, DEPLOYMENTS)


@pytest.mark.usefixtures("prod_yaml")  # for the deployment afterwards
def test_a_web_that_never_becomes_healthy_is_undone_while_the_old_one_serves(deployed: Deployed) -> None:
    commands = deployed.tree.root / "constructs" / "asset_manager_constructs" / "dagster_process.py"
    services = deployed.tree.root / "stacks" / "services.py"
    before = {file: file.read_text() for file in (commands, services)}
    (good,) = deployed.ecs.describe_services(cluster="asset-manager", services=["asset-manager-web"])["services"]
    answers: list[bool] = []
    over = threading.Event()

    def browse() -> None:
        while not over.wait(0.5):
            try:
                server = Web(f"http://127.0.0.1:{deployed.tree.web_port}", through_proxy=False)
                answers.append(server.server_info().status == 200)
            except NoAnswerError:
                answers.append(False)

    browser = threading.Thread(target=browse)
    # It listens where nobody asks it; and it is asked at once, not after the two minutes that a new one is given.
    commands.write_text(before[commands].replace('"--host", "0.0.0.0"', '"--host", "127.0.0.9"'))
    services.write_text(before[services].replace("grace_period_seconds=120", "grace_period_seconds=1"))
    assert all(file.read_text() != before[file] for file in before)
    try:
        browser.start()
        done = deployed.tree.asset_manager("deploy", "--yes", environ=deployed.environ)
    finally:
        over.set()
        browser.join()
        for file, text in before.items():
            file.write_text(text)
    assert done.returncode == 11, done.stdout + done.stderr
    assert "the service asset-manager-web is not running what was deployed" in done.stderr
    assert "rolled back" in done.stderr
    assert len(answers) > 5
    assert all(answers), "the old one served all the while"
    (now,) = deployed.ecs.describe_services(cluster="asset-manager", services=["asset-manager-web"])["services"]
    assert now["taskDefinition"] == good["taskDefinition"]
