"""A summary of a Terraform plan for people: the dangerous changes first, in lines or as a pull request's comment. Pure.

It reads Terraform's JSON of a plan: https://developer.hashicorp.com/terraform/internals/json-format
It takes addresses, actions and names of attributes, and never a value, so no secret can be in a summary.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Action = Literal["destroy", "replace", "change", "create"]
ORDER: Sequence[Action] = ("destroy", "replace", "change", "create")
ACTIONS: Mapping[tuple[str, ...], Action] = {
    ("delete",): "destroy",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("update",): "change",
    ("create",): "create",
}
HOLDS_DATA = ("aws_s3_bucket", "aws_cloudwatch_log_group", "aws_ssm_parameter", "aws_secretsmanager_secret")


@dataclass(frozen=True, kw_only=True)
class Change:
    """One resource or output; `attributes` are those that differ, or for a replacement those that force it."""

    address: str
    kind: str
    action: Action
    attributes: tuple[str, ...]

    @property
    def loses_data(self) -> bool:
        """Whether the change deletes data for good."""
        return self.action in {"destroy", "replace"} and self.kind in HOLDS_DATA


def changes(plan: Mapping[str, Any]) -> list[Change]:
    """The changes of the plan, the dangerous first; outputs only if nothing else changes, since they follow from it."""
    found = [
        Change(
            address=resource["address"],
            kind=resource["type"],
            action=ACTIONS[tuple(resource["change"]["actions"])],
            attributes=_attributes(resource["change"]),
        )
        for resource in plan.get("resource_changes", [])
        if tuple(resource["change"]["actions"]) in ACTIONS
    ]
    if not found:  # `services` reads them, so there is something to apply
        found = [
            Change(address=f"output.{name}", kind="output", action=ACTIONS[tuple(change["actions"])], attributes=())
            for name, change in plan.get("output_changes", {}).items()
            if tuple(change["actions"]) in ACTIONS
        ]
    return sorted(found, key=lambda change: (ORDER.index(change.action), change.address))


def _attributes(change: Mapping[str, Any]) -> tuple[str, ...]:
    forced = {str(path[0]) for path in change.get("replace_paths", [])}
    if forced:
        return tuple(sorted(forced))
    before, after, unknown = change.get("before") or {}, change.get("after") or {}, change.get("after_unknown") or {}
    if not before or not (after or unknown):
        return ()
    names = before.keys() | after.keys() | unknown.keys()
    return tuple(
        sorted(name for name in names if _is_unknown(unknown.get(name)) or before.get(name) != after.get(name))
    )


def _is_unknown(value: Any) -> bool:
    """Whether any part is unknown; Terraform also lists a block of known attributes, as an empty one."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return bool(value) if parts is None else any(map(_is_unknown, parts))


def counted(found: Sequence[Change]) -> str:
    """One line, such as: 1 to replace, 2 to change."""
    numbers = Counter(change.action for change in found)
    return ", ".join(f"{numbers[action]} to {action}" for action in ORDER if numbers[action]) or "nothing to change"


def text(stack: str, found: Sequence[Change]) -> str:
    """A line for each resource, and a warning for each that loses data."""
    lines = [f"{stack}: {counted(found)}"]
    for change in found:
        why = f"  ({', '.join(change.attributes)})" if change.attributes else ""
        lines.append(f"    {change.action:<8} {change.address}{why}")
    lines += [f"    WARNING: {change.address} holds data, which goes with it" for change in found if change.loses_data]
    return "\n".join(lines)


def by_kind(stack: str, found: Sequence[Change]) -> str:
    """A line for each type of resource, for a stack that is destroyed, and one warning for all that hold data."""
    kinds = Counter(change.kind for change in found)
    lines = [f"{stack}: {counted(found)}", *(f"    {number:>4} {kind}" for kind, number in sorted(kinds.items()))]
    data = Counter(change.kind for change in found if change.loses_data)
    if data:
        counts = ", ".join(f"{number} {kind}" for kind, number in sorted(data.items()))
        lines.append(f"    WARNING: {counts} hold data, which goes with them")
    return "\n".join(lines)


def markdown(stack: str, found: Sequence[Change], whole: str) -> str:
    """One stack's part of a pull request's comment: a table, and the whole plan folded."""
    if not found:
        return f"### `{stack}`: nothing to change\n"
    rows = [
        f"| {'**' + change.action + '**' if change.action in ORDER[:2] else change.action} | `{change.address}` "
        f"| {', '.join(change.attributes)}{' **holds data**' if change.loses_data else ''} |"
        for change in found
    ]
    # The fence is longer than any in the plan: a value of several lines could end the block early.
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", whole)), default=0))
    return "\n".join(
        [
            f"### `{stack}`: {counted(found)}",
            "",
            "| | resource | attributes |",
            "|---|---|---|",
            *rows,
            "",
            f"<details><summary>the whole plan of {stack}</summary>",
            "",
            fence,
            whole.strip(),
            fence,
            "",
            "</details>",
            "",
        ]
    )


FOLDED = re.compile(r"(<details>[^\n]*\n\n(?P<fence>`{3,})\n)(.*?)(\n(?P=fence)\n\n</details>)", re.DOTALL)
CUT = "\n... the rest is cut: a comment is no longer. `make plan` shows all of it."


def shortened(comment: str, limit: int) -> str:
    """At most `limit` characters: each folded plan is cut by the same share, and a table never."""
    excess = len(comment) - limit
    if excess <= 0:
        return comment
    folded = [found[3] for found in FOLDED.finditer(comment)]
    whole = sum(map(len, folded))
    room = max(whole - excess - len(CUT) * len(folded), 0)
    return FOLDED.sub(lambda found: f"{found[1]}{found[3][: len(found[3]) * room // whole]}{CUT}{found[4]}", comment)
