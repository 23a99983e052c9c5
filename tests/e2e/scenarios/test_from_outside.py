"""What is behind sign-in, looked at from outside of it: a task asks from within."""

import json
import re
from collections.abc import Iterator

import pytest

from ops.aws.one_off_task import STARTED_BY
from tests.support.deployed import Deployed
from tests.support.outside import door

PARTITION = "acme::day::active_users"

pytestmark = pytest.mark.usefixtures("partitions")


@pytest.fixture(scope="module")
def url(deployed: Deployed) -> Iterator[str]:
    with door("dg.leverslabs.com", deployed.tree.web_port) as address:
        yield address


def tasks(deployed: Deployed) -> set[str]:
    """Those of one command that ended lately."""
    found = deployed.ecs.list_tasks(cluster="asset-manager", startedBy=STARTED_BY, desiredStatus="STOPPED")
    return set(found["taskArns"])


def test_all_of_validate_holds_from_outside_too(deployed: Deployed, url: str) -> None:
    before = tasks(deployed)
    done = deployed.tree.asset_manager("validate", "--url", url, "--json", environ=deployed.environ)
    assert done.returncode == 0, done.stdout + done.stderr
    results = {result["name"]: result for result in json.loads(done.stdout)}
    assert {result["status"] for result in results.values()} == {"ok"}
    assert re.fullmatch(
        rf"{url} answers 302 to example\.us\.auth0\.com, to sign in; "
        r"asked from within, the web task answers 200, Dagster [\d.]+",
        results["server_info"]["why"],
    )
    assert "GraphQL is behind sign-in (302): a task asks from within" in done.stderr
    # /server_info, the workspace, the daemons: five checks share one answer.
    assert len(tasks(deployed) - before) == 3


def test_a_run_is_launched_once_followed_and_read(deployed: Deployed, url: str) -> None:
    done = deployed.tree.asset_manager(
        "run", "metric_semantic_values", PARTITION, "--url", url, environ=deployed.environ
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (run_id,) = re.findall(r"^run ([0-9a-f-]{36}): metric_semantic_values", done.stdout, re.M)
    read = deployed.tree.asset_manager("logs", "run", run_id, "--url", url, environ=deployed.environ)
    assert read.returncode == 0, read.stderr
    assert "RUN_SUCCESS" in read.stdout


def test_status_waits_for_no_task_and_says_who_does(deployed: Deployed, url: str) -> None:
    before = tasks(deployed)
    done = deployed.tree.asset_manager("status", "--url", url, "--json", environ=deployed.environ)
    results = {result["name"]: result for result in json.loads(done.stdout)}
    assert (results["web"]["status"], results["heartbeats"]["status"]) == ("ok", "skipped")
    assert results["heartbeats"]["next"].startswith("Look from within (status --within, validate)")
    assert tasks(deployed) == before

    done = deployed.tree.asset_manager("status", "--url", url, "--within", "--json", environ=deployed.environ)
    results = {result["name"]: result for result in json.loads(done.stdout)}
    assert {results[name]["status"] for name in ("heartbeats", "runs")} == {"ok"}
    assert len(tasks(deployed) - before) == 2
