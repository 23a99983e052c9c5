"""A deployment outlives the local AWS: `make local` restores it after a stop, and after a kill."""

import json

import psutil

from tests.support.deployed import Deployed
from tests.support.traces import STACKS, state_text

RESTORED = "==> the local AWS is restored, and nothing changed since it was deployed: waiting for ECS to run it\n"


def up(deployed: Deployed) -> str:
    done = deployed.tree.asset_manager("local", "up")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def ids(deployed: Deployed) -> dict[str, str]:
    """Of every resource that a state holds."""
    return {
        f"{resource['type']}.{resource['name']}": instance["attributes"]["id"]
        for stack in STACKS
        for resource in json.loads(state_text(deployed, stack))["resources"]
        for instance in resource["instances"]
    }


def kill(deployed: Deployed) -> None:
    (server,) = [
        process
        for process in psutil.process_iter(["cmdline", "cwd"])
        if "ops.local.emulator" in (process.info["cmdline"] or [])
        and process.info["cwd"] == str((deployed.tree.root / ".local").resolve())
    ]
    server.kill()
    server.wait()


def test_a_stopped_deployment_is_restored_with_its_ids_and_an_empty_plan(deployed: Deployed) -> None:
    before = {stack: state_text(deployed, stack) for stack in STACKS}
    (subscription,) = {one["SubscriptionArn"] for one in deployed.client("sns").list_subscriptions()["Subscriptions"]}
    assert deployed.tree.asset_manager("local", "down").returncode == 0

    printed = up(deployed)
    assert RESTORED in printed
    assert "==> terraform apply" not in printed
    again = Deployed(tree=deployed.tree, printed=printed, first_calls=[])  # with the new access key
    assert {stack: state_text(again, stack) for stack in STACKS} == before
    assert [one["SubscriptionArn"] for one in again.client("sns").list_subscriptions()["Subscriptions"]] == [
        subscription
    ]
    planned = again.tree.asset_manager("plan", environ=again.environ)
    assert planned.returncode == 0, planned.stdout + planned.stderr


def test_a_killed_local_aws_loses_nothing_that_was_deployed(deployed: Deployed) -> None:
    now = Deployed(tree=deployed.tree, printed="", first_calls=[])
    before = ids(now)
    assert len(before) > 40
    kill(now)
    assert RESTORED in up(now)
    assert ids(Deployed(tree=deployed.tree, printed="", first_calls=[])) == before


def test_a_change_made_meanwhile_is_deployed_to_the_restored_one(deployed: Deployed) -> None:
    now = Deployed(tree=deployed.tree, printed="", first_calls=[])
    before = ids(now)
    file = now.tree.root / "dagster" / "dagster.yaml"
    text = file.read_text()
    assert now.tree.asset_manager("local", "down").returncode == 0
    now.tree.edit("dagster/dagster.yaml", r"poll_interval_seconds: 60$", "poll_interval_seconds: 61")
    try:
        printed = up(now)
        assert "    the local AWS is restored, and something changed since it was deployed\n" in printed
        assert "0 added, 1 changed, 0 destroyed" not in printed
        changed = Deployed(tree=deployed.tree, printed="", first_calls=[])
        assert "poll_interval_seconds: 61" in changed.ssm.get_parameter(Name="/asset-manager/DAGSTER_YAML")["Parameter"]["Value"]
        after = ids(changed)
        assert {name for name in before if after[name] != before[name]} == set()
    finally:
        file.write_text(text)
        up(now)


def test_reset_deletes_what_is_saved(deployed: Deployed) -> None:
    assert deployed.tree.asset_manager("local", "down").returncode == 0
    saved = deployed.tree.root / ".local" / "aws.saved"
    assert saved.exists()
    content = saved.read_bytes()
    assert deployed.tree.asset_manager("local", "reset").returncode == 0
    assert not saved.exists()
    assert content
