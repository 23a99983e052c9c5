"""dagster/dagster.yaml with what only the stacks know filled in. Pure: no cdktf, and no Dagster either."""

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
    """Where runs start and where their logs are kept."""

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
    """A copy of the document with the facts in their places; `document` stays as it is."""
    filled = copy.deepcopy(document)
    filled["compute_logs"]["config"] |= {"bucket": facts.bucket, "region": facts.region}
    filled["concurrency"]["runs"]["max_concurrent_runs"] = facts.max_concurrent_runs
    filled["run_launcher"]["config"] |= {
        # The ARN with its revision: a family's name would be pinned just the same, only invisibly (dagster#17607).
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
    """Where in the bucket the runs' output is kept."""
    return str(document["compute_logs"]["config"]["prefix"]).strip("/")


def env_references(node: object) -> Iterator[str]:
    """Every variable that the document reads by `env:`, in the order in which it stands there."""
    if isinstance(node, dict):
        if list(node) == ["env"]:
            yield node["env"]
        for value in node.values():
            yield from env_references(value)
    elif isinstance(node, list):
        for value in node:
            yield from env_references(value)
