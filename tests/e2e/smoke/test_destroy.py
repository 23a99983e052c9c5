"""What `asset-manager destroy` refuses; it changes nothing."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.deployed import Deployed

FILE, PROTECTED, NOT_PROTECTED = "environments/prod.yaml", "deletion_protection: true", "deletion_protection: false"
ARTIFACTS, ACCESS_LOGS = "asset-manager-artifacts", "asset-manager-access-logs"
FOLDER = "io/of-a-test/"


def refused(deployed: Deployed, code: int, said: str, *arguments: str) -> None:
    done = deployed.tree.asset_manager("destroy", *arguments, environ=deployed.environ)
    assert done.returncode == code, done.stdout + done.stderr
    assert said in done.stderr
    assert "terraform destroy" not in done.stdout


@pytest.fixture
def not_protected_says_the_file(deployed: Deployed) -> Iterator[None]:
    """The environment file says it, and AWS does not yet."""
    file = deployed.tree.root / FILE
    before = file.read_text()
    deployed.tree.edit(FILE, PROTECTED, NOT_PROTECTED)
    yield
    file.write_text(before)


@pytest.fixture
def data(deployed: Deployed) -> Iterator[None]:
    """More objects than one call deletes, and a version and a marker of one that is deleted."""
    keys = [f"{FOLDER}{n}" for n in range(1001)]
    log = f"{FOLDER}log"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: deployed.s3.put_object(Bucket=ARTIFACTS, Key=key, Body=b""), keys))
    deployed.s3.put_object(Bucket=ACCESS_LOGS, Key=log, Body=b"")
    deployed.s3.delete_object(Bucket=ACCESS_LOGS, Key=log)
    yield
    for bucket in (ARTIFACTS, ACCESS_LOGS):
        # Listed whole before any is deleted: a page begins where the last one ended.
        pages = list(deployed.s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=FOLDER))
        for page in pages:
            listed: list[Any] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            found: Any = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in listed]
            deployed.s3.delete_objects(Bucket=bucket, Delete={"Objects": found})


@pytest.fixture
def going_on(deployed: Deployed) -> Iterator[subprocess.Popen[str]]:
    """A command in a task, which would take ten minutes."""
    process = deployed.tree.start("exec", "--", "sh", "-c", "echo begun; exec sleep 600", environ=deployed.environ)
    with process:
        assert process.stdout
        assert process.stdout.readline() == "begun\n"
        yield process
        process.terminate()


def test_what_is_protected_is_not_destroyed(deployed: Deployed) -> None:
    protected = "prod is protected. Set `deletion_protection: false` in environments/prod.yaml, and"
    refused(deployed, 6, protected, "--confirm", "prod", "--with-data", "--kill-runs")


@pytest.mark.usefixtures("not_protected_says_the_file")
def test_what_aws_protects_is_not_destroyed_though_the_file_says_otherwise(deployed: Deployed) -> None:
    protected = "prod is protected. Set `deletion_protection: false` in environments/prod.yaml, and"
    refused(deployed, 6, protected, "--confirm", "prod", "--with-data", "--kill-runs")


@pytest.mark.usefixtures("not_protected_says_the_file")
def test_what_was_not_named_is_not_destroyed(deployed: Deployed) -> None:
    refused(deployed, 6, "--confirm staging is not prod, which would be destroyed.", "--confirm", "staging")


@pytest.mark.usefixtures("not_protected_says_the_file", "data")
def test_what_holds_data_is_not_destroyed(deployed: Deployed) -> None:
    held = f"there is data in the buckets, objects and versions of them: {ARTIFACTS} 1000 or more and {ACCESS_LOGS} 2."
    refused(deployed, 6, held, "--confirm", "prod")


@pytest.mark.usefixtures("not_protected_says_the_file")
def test_nothing_is_destroyed_while_something_runs(deployed: Deployed, going_on: subprocess.Popen[str]) -> None:
    assert going_on.poll() is None
    refused(deployed, 6, " tasks of runs or commands are going on", "--confirm", "prod", "--with-data")
