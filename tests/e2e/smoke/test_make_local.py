"""`make local`: what it prints, and what its other commands show."""

import json

import pytest

from tests.support.deployed import Deployed
from tests.support.traces import STACKS, state_text


@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_is_printed_with_its_id_and_every_output_with_its_value(deployed: Deployed, stack: str) -> None:
    printed = deployed.printed.splitlines()
    state = json.loads(state_text(deployed, stack))
    made = [one for one in state["resources"] if one["mode"] == "managed"]
    assert len(made) > 20
    for resource in made:
        for instance in resource["instances"]:
            lines = [line.split() for line in printed if line.startswith(f"  {resource['type']} ")]
            assert any(line[-1] == instance["attributes"]["id"] for line in lines), resource["name"]
    for output in state["outputs"].values():
        assert f"    {output['value'] if isinstance(output['value'], str) else ', '.join(output['value'])}" in printed


def test_progress_the_addresses_and_where_to_look_further_are_printed(deployed: Deployed) -> None:
    steps = [line for line in deployed.printed.splitlines() if line.startswith("==> ")]
    applied = steps.index("==> terraform apply: base"), steps.index("==> terraform apply: services")
    assert applied == tuple(sorted(applied))
    assert steps[-1] == "==> asset-manager validate --run"
    assert f"Dagster is at http://127.0.0.1:{deployed.tree.web_port}, served by the web task; " in deployed.printed
    assert f"The local AWS is at {deployed.endpoint} (account 111122223333)." in deployed.printed
    assert "make local-down      # stop it" in deployed.printed


def test_ps_and_logs_show_the_tasks_and_what_they_print(deployed: Deployed) -> None:
    ps = deployed.tree.asset_manager("local", "ps")
    assert ps.returncode == 0, ps.stderr
    tasks = [line.split() for line in ps.stdout.splitlines()]
    running = {revision.partition(":")[0]: id_ for id_, revision, status, *_ in tasks if status == "RUNNING"}
    assert set(running) == {"asset_manager-web-task", "asset_manager-daemon-task"}
    assert any(revision.startswith("asset-manager-run:") and "STOPPED" in rest for _, revision, *rest in tasks)
    logs = deployed.tree.asset_manager("local", "logs")
    assert logs.returncode == 0, logs.stderr
    for id_ in running.values():
        assert f"==> {deployed.tree.root}/.local/tasks/{id_}.log" in logs.stdout
    assert "Serving dagster-webserver on http://" in logs.stdout
