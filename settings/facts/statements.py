"""The parts of an IAM policy document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from settings.load import Settings

Document = dict[str, Any]
Condition = Mapping[str, Mapping[str, str | Sequence[str]]]


def of(service: str, names: str) -> list[str]:
    """Some actions of one service."""
    return [f"{service}:{name}" for name in names.split()]


def allow(sid: str, resource: str | Sequence[str], *actions: str, condition: Condition | None = None) -> Document:
    """One statement."""
    found: Document = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resource}
    return found | ({"Condition": dict(condition)} if condition else {})


def document(*statements: Document) -> Document:
    """A whole policy."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def use_of_key(settings: Settings, sid: str, names: str, *services: str) -> list[Document]:
    """The use of the deployment's own key, through these services only; nothing where there is no key."""
    if settings.kms_key_arn is None:
        return []
    via = [f"{service}.{settings.region}.amazonaws.com" for service in services]
    condition = {"StringEquals": {"kms:ViaService": via}}
    return [allow(sid, settings.kms_key_arn, *of("kms", names), condition=condition)]
