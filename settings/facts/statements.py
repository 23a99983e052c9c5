"""The parts of an IAM policy document."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

Document = dict[str, Any]
Condition = Mapping[str, Mapping[str, str | Sequence[str]]]


def of(service: str, names: str) -> list[str]:
    """Return the actions of one service; `names` is separated by spaces."""
    return [f"{service}:{name}" for name in names.split()]


def allow(sid: str, resource: str | Sequence[str], *actions: str, condition: Condition | None = None) -> Document:
    statement: Document = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resource}
    return statement | ({"Condition": dict(condition)} if condition else {})


def document(*statements: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def use_of_key(kms_key_arn: str | None, sid: str, names: str, *services: str) -> list[Document]:
    """Allow the use of one KMS key through these AWS services only; return no statement without a key."""
    if kms_key_arn is None:
        return []
    region = kms_key_arn.split(":")[3]
    via = [f"{service}.{region}.amazonaws.com" for service in services]
    condition = {"StringEquals": {"kms:ViaService": via if len(via) > 1 else via[0]}}
    return [allow(sid, kms_key_arn, *of("kms", names), condition=condition)]


def compact(policy: Document) -> str:
    """Return the policy without whitespace: its length is what IAM counts."""
    return json.dumps(policy, separators=(",", ":"))
