"""What the local AWS holds outlives it: saved as it stops and as a Terraform ends, and restored as it starts."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from local_aws import emulator, saved
from ops.local import prerequisites
from settings.load import load
from tests.support.local_config import config_in

from .local_ecs import ACCOUNT, CLUSTER, GROUP, SPEED, LocalEcs, start, until

STAGING = load("staging")  # of the account of these tests
BUCKET = STAGING.state_bucket
LOCK = "asset-manager/staging/base.tfstate.tflock"
# Each describes something that the guide or the stacks need: its answer is the same before and after.
ANSWERS: dict[str, Callable[[LocalEcs], Any]] = {
    "subnets": lambda local: local.client("ec2").describe_subnets()["Subnets"],
    "security groups": lambda local: local.client("ec2").describe_security_group_rules()["SecurityGroupRules"],
    "cluster": lambda local: local.ecs.describe_clusters(clusters=[CLUSTER])["clusters"][0]["clusterArn"],
    "task definitions": lambda local: local.ecs.list_task_definitions()["taskDefinitionArns"],
    "images": lambda local: local.client("ecr").describe_images(repositoryName="asset-manager")["imageDetails"],
    "role": lambda local: local.client("iam").get_role(RoleName=STAGING.existing.task_role)["Role"],
    "certificates": lambda local: local.client("acm").list_certificates()["CertificateSummaryList"],
    "zones": lambda local: local.client("route53").list_hosted_zones()["HostedZones"],
    "versioning": lambda local: local.client("s3").get_bucket_versioning(Bucket=BUCKET)["Status"],
    "object": lambda local: local.client("s3").get_object(Bucket=BUCKET, Key="kept")["Body"].read(),
    "parameters": lambda local: local.client("ssm").get_parameters(Names=["/s"], WithDecryption=True)["Parameters"],
    "secret": lambda local: local.client("secretsmanager").get_secret_value(SecretId="kept")["SecretString"],
    "log": lambda local: local.client("logs").filter_log_events(logGroupName=GROUP)["events"],
    "key": lambda local: local.client("kms").list_keys()["Keys"],
}


@pytest.fixture
def local(tmp_path: Path) -> Iterator[LocalEcs]:
    try:
        yield start(tmp_path)
    finally:
        emulator.stop(tmp_path)


def again(local: LocalEcs) -> LocalEcs:
    """The same local AWS, started once more."""
    config = config_in(local.directory, local.running.account_id, port=local.running.port, speed=SPEED)
    running = emulator.start(replace(config, web_port=local.running.web_port))
    return LocalEcs(running, local.directory, local.network)


def kill(local: LocalEcs) -> None:
    process = psutil.Process(local.running.pid)
    process.kill()
    process.wait()  # its main thread may end before the one that holds the port


def lock(local: LocalEcs) -> None:
    local.client("s3").put_object(Bucket=BUCKET, Key=LOCK, Body=b"{}")


def unlock(local: LocalEcs) -> None:
    local.client("s3").delete_object(Bucket=BUCKET, Key=LOCK)


def fill(local: LocalEcs) -> None:
    running = local.running
    clients = prerequisites.local_clients("us-west-1", running.endpoint, running.access_key_id)
    prerequisites.create(STAGING, clients, lambda _line: None)
    local.client("s3").put_object(Bucket=BUCKET, Key="kept", Body=b"x" * 100_000)
    local.client("ssm").put_parameter(Name="/s", Value="secret", Type="SecureString")
    local.client("secretsmanager").create_secret(Name="kept", SecretString="secret")
    local.client("kms").create_key()


def test_a_stopped_local_aws_is_restored_with_its_ids_objects_and_logs(local: LocalEcs) -> None:
    fill(local)
    definition = local.define("service", ["python", "-c", "import time; print('served'); time.sleep(600)"])
    local.create_service("kept", definition, 1, (100, 200), {})
    local.steady("kept", definition)
    (task,) = local.service_tasks("kept")
    until(lambda: local.output(task["taskArn"].rpartition("/")[2]), lambda lines: lines == ["served"])
    before = {name: ask(local) for name, ask in ANSWERS.items()}

    emulator.stop(local.directory)
    assert (local.directory / saved.FILE).stat().st_mode & 0o777 == 0o600
    restored = again(local)
    assert restored.running.was_restored
    assert restored.steady("kept", definition)["runningCount"] == 1
    assert [one["taskArn"] for one in restored.service_tasks("kept")] != [task["taskArn"]]
    after = {name: ask(restored) for name, ask in ANSWERS.items()}
    after["log"] = [event for event in after["log"] if event["logStreamName"] == before["log"][0]["logStreamName"]]
    assert after == before
    assert (local.directory / "emulator.log").read_text() == ""


def test_a_restored_service_goes_back_from_a_revision_that_fails(local: LocalEcs) -> None:
    good = local.define("back", ["python", "-c", "import time; time.sleep(600)"])
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    local.create_service("back", good, 1, (0, 100), {"deployment": breaker})
    local.steady("back", good)
    emulator.stop(local.directory)
    restored = again(local)
    restored.ecs.update_service(
        cluster=CLUSTER, service="back", taskDefinition=restored.define("back", ["python", "-c", "raise SystemExit(1)"])
    )
    until(
        lambda: restored.service("back")["deployments"],
        lambda deployments: len(deployments) > 1 and deployments[0]["taskDefinition"] == good,
        60,
    )


def test_a_killed_local_aws_has_all_that_was_there_when_terraform_gave_back_its_lock(local: LocalEcs) -> None:
    fill(local)
    lock(local)
    unlock(local)
    local.client("s3").put_object(Bucket=BUCKET, Key="later", Body=b"")
    kill(local)
    restored = again(local)
    found = restored.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
    assert [one["Key"] for one in found] == ["kept"]


def test_nothing_is_saved_while_a_terraform_holds_a_lock(local: LocalEcs) -> None:
    fill(local)
    lock(local)
    unlock(local)
    lock(local)
    local.client("s3").put_object(Bucket=BUCKET, Key="not-in-the-state", Body=b"")
    emulator.stop(local.directory)
    found = again(local).client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
    assert [one["Key"] for one in found] == ["kept"]


def with_header(**changes: object) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        header, _, content = path.read_bytes().partition(b"\n")
        path.write_bytes(json.dumps({**json.loads(header), **changes}).encode() + b"\n" + content)

    return change


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(bytes(content))


def unpicklable(path: Path) -> None:
    """The header fits, the content is no pickle."""
    header, _, _ = path.read_bytes().partition(b"\n")
    content = b"not a pickle"
    header = json.dumps({**json.loads(header), "sha256": hashlib.sha256(content).hexdigest()}).encode()
    path.write_bytes(header + b"\n" + content)


@pytest.fixture(scope="module")
def saved_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("saved")
    local = start(directory)
    local.client("ssm").put_parameter(Name="/s", Value="x", Type="String")
    emulator.stop(directory)
    return directory / saved.FILE


@pytest.fixture
def copy(saved_file: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy2(saved_file, tmp_path / saved.FILE))


def test_a_saved_file_fits_what_made_it(copy: Path) -> None:
    assert saved.problem(copy.parent, ACCOUNT) is None
    assert saved.problem(copy.parent, "1") == f"it was made by account {ACCOUNT}, not 1"
    assert saved.problem(copy.parent / "empty", ACCOUNT) is None


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        pytest.param(with_header(moto="4.0.0"), "it was made by moto 4.0.0, not ", id="another moto"),
        pytest.param(with_header(python="3.9.1"), "it was made by python 3.9.1, not ", id="another Python"),
        pytest.param(with_header(layout=0), "it was made by layout 0, not ", id="another layout"),
        pytest.param(flipped, "it is damaged", id="a flipped bit"),
        pytest.param(lambda path: os.truncate(path, 1000), "it is damaged", id="truncated"),
        pytest.param(lambda path: os.truncate(path, 0), "it cannot be read", id="empty"),
        pytest.param(lambda path: path.write_bytes(b"\xff" * 100), "it cannot be read", id="garbage"),
        pytest.param(lambda path: path.chmod(0o660), "another user can read or write it", id="open to others"),
    ],
)
def test_a_saved_file_that_does_not_fit_has_its_reason(copy: Path, damage: Callable[[Path], None], reason: str) -> None:
    damage(copy)
    assert (saved.problem(copy.parent, ACCOUNT) or "").startswith(reason)


@pytest.mark.parametrize(
    ("damage", "reason"), [(flipped, "it is damaged"), (unpicklable, "the local AWS does not start with it")]
)
def test_one_that_cannot_be_restored_is_set_aside_with_one_message_and_the_local_aws_starts_empty(
    copy: Path, capfd: pytest.CaptureFixture[str], damage: Callable[[Path], None], reason: str
) -> None:
    damage(copy)
    directory = copy.parent
    running = emulator.start(config_in(directory, ACCOUNT, speed=SPEED))
    try:
        assert not running.was_restored
        assert LocalEcs(running, directory, {}).client("ssm").describe_parameters()["Parameters"] == []
    finally:
        emulator.stop(directory)
    (kept,) = directory.glob(f"{saved.FILE}.unreadable-*")
    printed = capfd.readouterr()
    said = printed.out + printed.err
    assert said.count("the saved local AWS cannot be restored, so it starts from nothing: ") == 1
    assert reason in said
    assert str(kept) in said
