"""In the cloud values wait in S3, under a key that says what they are."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import boto3
import dagster as dg
import pytest
from moto.server import ThreadedMotoServer

from asset_manager.partitions import metric_partitions
from asset_manager.storage import storage
from tests.dagster.code_location import why

REGION: Literal["us-west-1"] = "us-west-1"

# Dagster calls its own deprecated attribute when an IO manager is nested in a resource.
pytestmark = pytest.mark.filterwarnings("ignore:InitResourceContext.dagster_run is deprecated:DeprecationWarning")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    settings = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "DAGSTER_S3_BUCKET": "artifacts",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_CA_BUNDLE", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    boto3.client("s3", region_name=REGION).create_bucket(
        Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    yield "artifacts"
    server.stop()


def test_a_partition_travels_through_s3_in_folders_named_by_its_key(bucket: str, instance: dg.DagsterInstance) -> None:
    @dg.asset(partitions_def=metric_partitions)
    def upstream() -> list[int]:
        return [1, 2]

    @dg.asset(partitions_def=metric_partitions)
    def downstream(upstream: list[int]) -> int:
        return sum(upstream)

    result = dg.materialize(
        [upstream, downstream],
        partition_key="acme::day::revenue",
        instance=instance,
        resources={"io_manager": storage()},
    )
    assert result.output_for_node("downstream") == 3
    listed = boto3.client("s3", region_name=REGION).list_objects_v2(Bucket=bucket)["Contents"]
    assert sorted(found["Key"] for found in listed) == [
        "io/downstream/acme/day/revenue",
        "io/upstream/acme/day/revenue",
    ]


@pytest.mark.parametrize("key", ["../planted", "x::..::..::planted"])
def test_a_key_that_leads_out_of_its_folder_is_refused_and_nothing_is_read(
    key: str, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAGSTER_S3_BUCKET", raising=False)

    @dg.asset(partitions_def=metric_partitions)
    def upstream() -> list[int]:
        return [1, 2]

    @dg.asset(partitions_def=metric_partitions)
    def downstream(upstream: list[int]) -> int:
        return sum(upstream)

    planted = Path(instance.storage_directory()) / "io" / "planted"
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.write_bytes(pickle.dumps([666]))
    instance.add_dynamic_partitions("metrics", [key])
    result = dg.materialize(
        [upstream, downstream],
        partition_key=key,
        selection=[downstream],
        instance=instance,
        resources={"io_manager": storage()},
        raise_on_error=False,
    )
    assert f"partition key {key!r} holds '..'. Delete the partition." in why(result)
