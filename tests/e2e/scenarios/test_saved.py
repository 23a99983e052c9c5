"""A deployment outlives the local AWS: `make local` restores it after a stop, and after a kill."""

import json

import psutil
import pytest

from tests.support.deployed import Deployed
from tests.support.traces import STACKS, state_text

RESTORED = "==> the local AWS is restored, and nothing changed since it was deployed: waiting for ECS to run it\n"


@pytest.fixture
def now(deployed: Deployed) -> Deployed:
    """The deployment with the access key that it has now: each start makes another one."""
    return Deployed(tree=deployed.tree, printed="", first_calls=[])


def ids(deployed: Deployed) -> dict[str, str]:
    """Of every resource that a state holds."""
    return {
        f"{resource['type']}.{resource['name']}": instance["attributes"]["id"]
        for stack in STACKS
        for resource in json.loads(state_text(deployed, stack))["resources"]
        for instance in resource["instances"]
        if resource["mode"] == "managed"
    }


def kill(deployed: Deployed) -> None:
    (server,) = [
        process
        for process in psutil.process_iter(["cmdline", "cwd"])
        if "local_aws.emulator" in (process.info["cmdline"] or [])
        and process.info["cwd"] == str((deployed.tree.root / ".local").resolve())
    ]
    server.kill()
    server.wait()


def test_a_stopped_deployment_is_restored_with_its_ids_and_an_empty_plan(now: Deployed) -> None:
    before = {stack: state_text(now, stack) for stack in STACKS}
    topics = now.client("sns").list_topics()["Topics"]
    assert now.tree.asset_manager("local", "down").returncode == 0

    again = Deployed.by_local_up(now.tree)
    assert RESTORED in again.printed
    assert "==> terraform apply" not in again.printed
    assert {stack: state_text(again, stack) for stack in STACKS} == before
    assert again.client("sns").list_topics()["Topics"] == topics
    planned = again.tree.asset_manager("plan", environ=again.environ)
    assert planned.returncode == 0, planned.stdout + planned.stderr


def test_a_killed_local_aws_loses_nothing_that_was_deployed(now: Deployed) -> None:
    before = ids(now)
    assert len(before) > 40
    kill(now)
    again = Deployed.by_local_up(now.tree)
    assert RESTORED in again.printed
    assert ids(again) == before


def test_a_change_made_meanwhile_is_deployed_to_the_restored_one(now: Deployed) -> None:
    file = now.tree.root / "dagster" / "dagster.yaml"
    text = file.read_text()
    before = ids(now)
    assert now.tree.asset_manager("local", "down").returncode == 0
    now.tree.edit("dagster/dagster.yaml", r"poll_interval_seconds: 60$", "poll_interval_seconds: 61")
    try:
        again = Deployed.by_local_up(now.tree)
        assert "    the local AWS is restored, and something changed since it was deployed\n" in again.printed
        stored = again.ssm.get_parameter(Name="/asset-manager/DAGSTER_YAML")["Parameter"]["Value"]
        assert "poll_interval_seconds: 61" in stored
        assert ids(again).keys() == before.keys()
    finally:
        file.write_text(text)
        Deployed.by_local_up(now.tree)
