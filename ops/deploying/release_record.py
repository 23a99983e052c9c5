"""The record of releases: the history of one SSM parameter, of which AWS keeps the last 100 versions.

https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from ops.console.errors import RefusedError
from ops.console.table import aligned

Outcome = Literal["served before", "released", "rolled back to", "failed", "interrupted"]
FOUND: Outcome = "served before"  # an image that no release deployed
RELEASED: Outcome = "released"
BACK: Outcome = "rolled back to"
FAILED: Outcome = "failed"
INTERRUPTED: Outcome = "interrupted"
SERVED = (FOUND, RELEASED, BACK)
DIGITS_SHOWN = 12  # of a digest, as Docker shows one


@dataclass(frozen=True, kw_only=True)
class Record:
    """One release or rollback; `when` is UTC, `who` is empty if it is unknown."""

    tag: str
    digest: str
    outcome: Outcome
    when: str
    who: str
    web: str
    daemon: str
    run: str


def parse(value: str) -> Record | None:
    """None if another program wrote it, or another version of this one."""
    try:
        return Record(**json.loads(value))
    except (ValueError, TypeError):
        return None


def unparse(record: Record) -> str:
    return json.dumps(asdict(record))


def serving(newest_first: Sequence[Record], digest: str | None) -> Record | None:
    """The record of the image that serves."""
    return next((record for record in newest_first if record.digest == digest and record.outcome in SERVED), None)


def is_recorded(newest_first: Sequence[Record], digest: str) -> bool:
    """Whether the last recorded image that served is the one that serves now."""
    last = next((record for record in newest_first if record.outcome in SERVED), None)
    return last is not None and last.digest == digest


def previous(newest_first: Sequence[Record], digest: str) -> Record:
    """The release before the one that serves: each rollback leads further back, and never to an undone release."""
    served = [record for record in newest_first if record.outcome in SERVED]
    since = [place for place, record in enumerate(served) if record.digest == digest and record.outcome != BACK]
    before = [record for record in served[since[0] if since else 0 :] if record.digest != digest]
    if not before:
        raise RefusedError(
            f"there is no release before the one that serves. {_known(newest_first, digest)} Nothing was changed."
        )
    return before[0]


def named(newest_first: Sequence[Record], tag: str, digest: str) -> Record:
    """The newest record of this tag that served."""
    found = [record for record in newest_first if record.tag == tag and record.outcome in SERVED]
    if not found:
        raise RefusedError(
            f"no release of {tag} is recorded. {_known(newest_first, digest)} An image of the registry that never "
            f"served is released: asset-manager release {tag} --no-build. Nothing was changed."
        )
    return found[0]


def _known(newest_first: Sequence[Record], digest: str) -> str:
    others = (record.tag for record in newest_first if record.outcome in SERVED and record.digest != digest)
    tags = list(dict.fromkeys(others))
    if not tags:
        return "No other is recorded."
    return f"Recorded are {', '.join(tags)}: asset-manager rollback --to TAG goes to one of them."


def table(newest_first: Sequence[Record], digest: str | None) -> str:
    """A line for each record, aligned; an arrow marks the one that serves."""
    now = serving(newest_first, digest)
    heading = ("", "when (UTC)", "tag", "digest", "outcome", "web", "daemon", "run", "who")
    rows = [
        (
            "->" if record is now else "",
            record.when,
            record.tag,
            short(record.digest),
            record.outcome,
            *(revision.rpartition(":")[2] for revision in (record.web, record.daemon, record.run)),
            record.who.rpartition(":")[2] or "-",
        )
        for record in newest_first
    ]
    return aligned([heading, *rows])


def as_json(newest_first: Sequence[Record], digest: str | None) -> str:
    """The same for machines, with `serves`."""
    now = serving(newest_first, digest)
    return json.dumps([{**asdict(record), "serves": record is now} for record in newest_first], indent=2)


def short(digest: str) -> str:
    """The first characters of a digest, enough for a person to compare."""
    return digest.rpartition(":")[2][:DIGITS_SHOWN]
