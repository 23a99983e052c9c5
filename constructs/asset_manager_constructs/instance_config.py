"""Fills the values that only the stacks know into dagster/dagster.yaml. Pure: imports neither cdktf nor Dagster."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]

ON_DEMAND: Document = {"launchType": "FARGATE"}
ON_SPOT: Document = {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}


@dataclass(frozen=True, kw_only=True)
class InstanceFacts:
    """Where runs start and where their logs go."""

    run_task_definition_arn: str
    run_container: str
    cluster_arn: str
    subnet_ids: Sequence[str]
    security_group_id: str
    bucket: str
    region: str
    max_concurrent_runs: int
    spot: bool


def fill_in(document: Document, facts: InstanceFacts) -> Document:
    """Return a copy of the document with the facts in it."""
    filled = copy.deepcopy(document)
    filled["compute_logs"]["config"] |= {"bucket": facts.bucket, "region": facts.region}
    filled["concurrency"]["runs"]["max_concurrent_runs"] = facts.max_concurrent_runs
    filled["run_launcher"]["config"] |= {
        # The ARN with its revision: the launcher pins a family to a revision too, only invisibly (dagster#17607).
        "task_definition": facts.run_task_definition_arn,
        "container_name": facts.run_container,
        "run_task_kwargs": {
            "cluster": facts.cluster_arn,
            **(ON_SPOT if facts.spot else ON_DEMAND),
            "networkConfiguration": {
                "awsvpcConfiguration": {
                    "subnets": facts.subnet_ids,
                    "securityGroups": [facts.security_group_id],
                    "assignPublicIp": "DISABLED",
                }
            },
        },
    }
    return filled


def compute_logs_folder(document: Document) -> str:
    """Return the folder of the bucket for the output of runs."""
    return str(document["compute_logs"]["config"]["prefix"]).strip("/")


def env_references(node: object) -> Iterator[str]:
    """Yield every variable that the document reads by `env:`, in the document's order."""
    if isinstance(node, dict):
        if list(node) == ["env"]:
            yield node["env"]
        for value in node.values():
            yield from env_references(value)
    elif isinstance(node, list):
        for value in node:
            yield from env_references(value)
