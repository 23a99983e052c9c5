"""A local AWS that holds what no state knows, or a dead lock: it starts from nothing, once, and its objects stay."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local_aws import emulator
from ops.console.errors import LockHeldError
from ops.local import repair
from ops.local.prerequisites import local_clients
from ops.terraform.failures import ExistsError
from settings.load import load
from tests.support.local_config import config_in

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SETTINGS = load("prod")
BUCKET, KEY = "asset-manager-artifacts", "runs/1/compute logs/step.out"
TAGS = {"ManagedBy": "cdktf", "Environment": "prod"}
ADDRESS = "aws_cloudwatch_log_group.web"
GROUPS = "arn:aws:logs:us-west-1:111122223333:log-group:"


class Deployment:
    """In the place of an apply: it fails at first, and creates a bucket on the local AWS that it is given then."""

    def __init__(self, directory: Path, failures: list[Exception]) -> None:
        self.directory = directory
        self.config = config_in(directory, SETTINGS.account_id)
        self.failures = failures
        self.printed: list[str] = []

    def client(self, service: Any) -> Any:
        running = self.start()
        clients = local_clients(SETTINGS.region, running.endpoint, running.access_key_id)
        return clients.session.client(service, endpoint_url=running.endpoint)

    def start(self) -> emulator.Emulator:
        return emulator.start(self.config)

    def attempt(self) -> str:
        self.start()
        if self.failures:
            raise self.failures.pop(0)
        create_bucket(self.client("s3"), BUCKET)
        repair.put_objects_back(self.client("s3"), self.directory, self.printed.append)
        return "deployed"

    def healed(self) -> str:
        report: Callable[[str], None] = self.printed.append
        return repair.healed(self.attempt, SETTINGS, self.directory, report, report)


def create_bucket(s3: S3Client, name: str) -> None:
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-west-1"})


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    """A local AWS with an object, a log group that a state knows, and one that none knows."""
    found = Deployment(tmp_path, [])
    found.start()
    s3 = found.client("s3")
    for name in (BUCKET, SETTINGS.state_bucket):
        create_bucket(s3, name)
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"kept")
    managed = {"mode": "managed", "instances": [{"attributes": {"arn": f"{GROUPS}known"}}]}
    read = {"mode": "data", "instances": [{"attributes": {"arn": f"{GROUPS}stray"}}]}
    state = json.dumps({"resources": [managed, read]})
    s3.put_object(Bucket=SETTINGS.state_bucket, Key=SETTINGS.state_key("base"), Body=state.encode())
    for name in ("known", "stray"):
        found.client("logs").create_log_group(logGroupName=name, tags=TAGS)
    yield found
    emulator.stop(tmp_path)


def assert_new_with_its_objects(deployment: Deployment, reason: str) -> None:
    assert deployment.printed == [
        f"{reason}. The local AWS starts from nothing",
        f"in no state, removed: {GROUPS}stray",
        "objects in its buckets, kept: 1",
        "objects put back into its buckets: 1",
    ]
    assert deployment.client("logs").describe_log_groups()["logGroups"] == []
    assert deployment.client("s3").get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == b"kept"
    assert {path.name for path in deployment.directory.iterdir()} == {"emulator.log"}


def test_what_exists_already_is_removed_and_the_deployment_goes_on(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    deployment.failures = [ExistsError("Error: it exists already", [ADDRESS])]

    assert deployment.healed() == "deployed"

    reason = f"the local AWS holds resources that the state does not know: {ADDRESS}"
    assert_new_with_its_objects(deployment, reason)
    assert capsys.readouterr().err == "Error: it exists already\n"


def test_a_dead_lock_is_broken(deployment: Deployment) -> None:
    deployment.failures = [LockHeldError("locked")]

    deployment.healed()

    reason = "the Terraform that held the lock of the state is dead, so the state may lack what it made"
    assert_new_with_its_objects(deployment, reason)


def test_a_run_that_was_killed_is_healed_before_the_next_one(deployment: Deployment) -> None:
    (deployment.directory / repair.AT_WORK).touch()

    deployment.healed()

    reason = "Terraform was killed, or `make local` while Terraform was at work"
    assert_new_with_its_objects(deployment, reason)


def test_a_damaged_file_of_kept_objects_is_one_line(deployment: Deployment) -> None:
    (deployment.directory / repair.OBJECTS).write_bytes(b"garbage")

    repair.put_objects_back(deployment.client("s3"), deployment.directory, deployment.printed.append)

    assert deployment.printed == [
        "objects put back into its buckets: 0; the rest is lost, since kept-objects.zip is damaged"
    ]
    assert not (deployment.directory / repair.OBJECTS).exists()


def test_objects_without_a_bucket_stay_kept_until_it_exists(deployment: Deployment) -> None:
    s3, other = deployment.client("s3"), "staging-artifacts"
    create_bucket(s3, other)
    s3.put_object(Bucket=other, Key="of staging", Body=b"kept too")
    deployment.failures = [LockHeldError("locked")]

    deployment.healed()
    assert "objects kept until their buckets exist: 1" in deployment.printed

    create_bucket(deployment.client("s3"), other)
    repair.put_objects_back(deployment.client("s3"), deployment.directory, deployment.printed.append)
    assert deployment.client("s3").get_object(Bucket=other, Key="of staging")["Body"].read() == b"kept too"
    assert not (deployment.directory / repair.OBJECTS).exists()


def test_a_disk_that_takes_no_objects_leaves_the_local_aws_as_it_is(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(repair, "_write", full)
    before = deployment.start()
    deployment.failures = [LockHeldError("locked")]

    with pytest.raises(OSError, match="No space left"):
        deployment.healed()

    assert deployment.start() == before


def test_a_state_that_cannot_be_read_is_healed_too(deployment: Deployment) -> None:
    (deployment.directory / repair.AT_WORK).touch()
    state = SETTINGS.state_key("base")
    deployment.client("s3").put_object(Bucket=SETTINGS.state_bucket, Key=state, Body=b"garbage")

    deployment.healed()

    assert "its state cannot be read, so all that it held is removed" in deployment.printed
    assert deployment.client("s3").get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == b"kept"


def test_it_heals_once(deployment: Deployment) -> None:
    deployment.failures = [ExistsError("first", [ADDRESS]), ExistsError("second", [ADDRESS])]

    with pytest.raises(ExistsError, match="second"):
        deployment.healed()


@pytest.fixture
def persons_terraform(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A process of that name that works on this local AWS."""
    sleep = shutil.which("sleep")
    assert sleep is not None
    binary = tmp_path_factory.mktemp("bin") / "terraform"
    shutil.copy(sleep, binary)
    with subprocess.Popen([binary, "600"], env={"AWS_ENDPOINT_URL": deployment.start().endpoint}) as process:
        yield process.pid
        process.kill()


@pytest.mark.parametrize("mark", [False, True])
def test_a_persons_terraform_is_left_alone(deployment: Deployment, persons_terraform: int, mark: bool) -> None:
    before = deployment.start()
    deployment.failures = [LockHeldError("locked")]
    if mark:
        (deployment.directory / repair.AT_WORK).touch()

    with pytest.raises(LockHeldError, match=f"process {persons_terraform}" if mark else "locked"):
        deployment.healed()

    assert deployment.start() == before
    assert deployment.printed == []
