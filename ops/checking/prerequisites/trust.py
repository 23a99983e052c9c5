"""The trust policy of a role: only ECS tasks of this account can assume it; and the command that corrects it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from typing import Any

from ops.console.finding import Finding, failed, ok
from settings.facts.policies import ECS_TASKS, ecs_trust, trust_policy

ACCOUNT_IS = ("StringEquals", "StringLike")
ARN_IS = ("ArnLike", "ArnEquals", "StringLike", "StringEquals")


def missing(name: str, account_id: str, region: str) -> Finding:
    """There is no such role; the finding has the command that creates it."""
    document = trust_policy(account_id, region)
    return failed(f"no role {name}", _command("create-role", name, "--assume-role-policy-document", document))


def judge_trust(name: str, document: Mapping[str, Any], account_id: str, region: str) -> Finding:
    """ECS can assume the role for this account only, and no other principal can."""
    trusted = [each for each in _listed(document["Statement"]) if _allows_ecs(each)]
    if trusted and all(_pinned(each, account_id) for each in trusted):
        if others := _others(document):
            # There is no command: the others may need the role, and for what is not known here.
            return failed(
                f"{name} trusts others too: {', '.join(others)}",
                "Give them a role of their own, or take them out of its trust: they may do all that the tasks may.",
            )
        return ok(f"trusts {ECS_TASKS} of {account_id}")
    command = _command("update-assume-role-policy", name, "--policy-document", corrected(document, account_id, region))
    if not trusted:
        return failed(f"{name} does not trust {ECS_TASKS}", command)
    return failed(f"{name} trusts {ECS_TASKS} for every account's tasks", command)


def corrected(document: Mapping[str, Any], account_id: str, region: str) -> dict[str, Any]:
    """The trust policy with ECS tasks limited to this account; IAM replaces the whole document by it."""
    statements = []
    for each in _listed(document["Statement"]):
        if not _allows_ecs(each) or _pinned(each, account_id):
            statements.append(each)
            continue
        services = [service for service in _listed(each["Principal"]["Service"]) if service != ECS_TASKS]
        others = {kind: who for kind, who in each["Principal"].items() if kind != "Service"}
        if principal := others | ({"Service": services} if services else {}):
            statements.append({**each, "Principal": principal})
    if not any(_allows_ecs(each) for each in statements):
        statements.append(ecs_trust(account_id, region))
    return {**document, "Statement": statements}


def _command(subcommand: str, name: str, option: str, document: object) -> str:
    return shlex.join(["aws", "iam", subcommand, "--role-name", name, option, json.dumps(document)])


def _allows_ecs(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    services = principal.get("Service", []) if isinstance(principal, Mapping) else []
    return statement["Effect"] == "Allow" and ECS_TASKS in _listed(services)


def _others(document: Mapping[str, Any]) -> list[str]:
    """The other principals that can assume the role; NotPrincipal admits nearly everybody."""
    found = set()
    for each in _listed(document["Statement"]):
        if each["Effect"] != "Allow":
            continue
        principal = each.get("Principal", "everybody but some")
        named = principal if isinstance(principal, Mapping) else {"": principal}
        found |= {str(who) for principals in named.values() for who in _listed(principals)}
    return sorted(found - {ECS_TASKS})


def _pinned(statement: Mapping[str, Any], account_id: str) -> bool:
    """Whether one of AWS's two keys limits it, with an operator that refuses a missing key and another account."""
    return any(
        (operator in ACCOUNT_IS and key.lower() == "aws:sourceaccount" and _listed(values) == [account_id])
        or (operator in ARN_IS and key.lower() == "aws:sourcearn" and _of_ecs(values, account_id))
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    )


def _of_ecs(arns: object, account_id: str) -> bool:
    pattern = rf"arn:[^:]+:ecs:[^:]*:{account_id}:.+"
    return bool(_listed(arns)) and all(re.fullmatch(pattern, str(arn)) for arn in _listed(arns))


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]
