"""Whom a role trusts: ECS tasks of this account and region, and nobody else's; and the command that makes it so."""

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
    """No such role; the command makes it."""
    document = trust_policy(account_id, region)
    return failed(f"no role {name}", _command("create-role", name, "--assume-role-policy-document", document))


def judge_trust(name: str, document: Mapping[str, Any], account_id: str, region: str) -> Finding:
    """ECS may take it on, only for this account, and nobody else may."""
    trusted = [each for each in _listed(document["Statement"]) if _allows_ecs(each)]
    if trusted and all(_pinned(each, account_id) for each in trusted):
        if others := _others(document):
            # No command: whoever it is may need the role, and what they need it for is not known here.
            return failed(
                f"{name} trusts others too: {', '.join(others)}",
                "Give them a role of their own, or take them out of its trust: they may do all that the tasks may.",
            )
        return ok(f"trusts {ECS_TASKS} of {account_id}")
    mend = _command("update-assume-role-policy", name, "--policy-document", mended(document, account_id, region))
    if not trusted:
        return failed(f"{name} does not trust {ECS_TASKS}", mend)
    return failed(f"{name} trusts {ECS_TASKS} for every account's tasks", mend)


def mended(document: Mapping[str, Any], account_id: str, region: str) -> dict[str, Any]:
    """The same trust, in which ECS tasks are this account's: IAM puts it in place of the whole document."""
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


def _command(verb: str, name: str, option: str, document: object) -> str:
    return shlex.join(["aws", "iam", verb, "--role-name", name, option, json.dumps(document)])


def _allows_ecs(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    services = principal.get("Service", []) if isinstance(principal, Mapping) else []
    return statement["Effect"] == "Allow" and ECS_TASKS in _listed(services)


def _others(document: Mapping[str, Any]) -> list[str]:
    """Whoever else may take it on, in whichever statement; NotPrincipal is nearly everybody."""
    found = set()
    for each in _listed(document["Statement"]):
        if each["Effect"] != "Allow":
            continue
        principal = each.get("Principal", "everybody but some")
        named = principal if isinstance(principal, Mapping) else {"": principal}
        found |= {str(who) for whos in named.values() for who in _listed(whos)}
    return sorted(found - {ECS_TASKS})


def _pinned(statement: Mapping[str, Any], account_id: str) -> bool:
    """By one of AWS's two keys, in an operator that refuses where the key is missing or says another account."""
    return any(
        (operator in ACCOUNT_IS and key.lower() == "aws:sourceaccount" and _listed(values) == [account_id])
        or (operator in ARN_IS and key.lower() == "aws:sourcearn" and _of_ecs(values, account_id))
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    )


def _of_ecs(arns: object, account_id: str) -> bool:
    ours = rf"arn:[^:]+:ecs:[^:]*:{account_id}:.+"
    return bool(_listed(arns)) and all(re.fullmatch(ours, str(arn)) for arn in _listed(arns))


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]
