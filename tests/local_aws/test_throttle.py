"""The emulator's throttling, and how AWS's client takes it."""

from __future__ import annotations

import json
from typing import Any

import boto3
from botocore.config import Config

from asset_manager_constructs.dagster_process import environment
from local_aws.variables import SECRET_ACCESS_KEY

from .local_ecs import CLUSTER, LocalEcs


def throttle(local: LocalEcs, percent: int) -> dict[str, int]:
    status, refused = local.get(f"/asset-manager-api/throttle/{percent}")
    assert status == 200
    return dict(json.loads(refused))


def ecs(local: LocalEcs, config: Config) -> Any:
    session = boto3.Session(local.running.access_key_id, SECRET_ACCESS_KEY, region_name="us-west-1")
    return session.client("ecs", endpoint_url=local.running.endpoint, config=config)


def test_with_the_tasks_own_retries_no_call_of_a_hundred_is_lost(local: LocalEcs) -> None:
    """AWS_RETRY_MODE and AWS_MAX_ATTEMPTS of every task, under 30 % of refusals."""
    told = environment("prod", "us-west-1", "asset_manager.definitions", 3)
    retries: Any = {"mode": told["AWS_RETRY_MODE"], "total_max_attempts": int(told["AWS_MAX_ATTEMPTS"])}
    patient = ecs(local, Config(retries=retries))
    throttle(local, 30)
    try:
        for _ in range(100):
            patient.describe_clusters(clusters=[CLUSTER])
    finally:
        refused = throttle(local, 0)
    assert refused["DescribeClusters"] > 20
