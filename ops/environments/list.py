"""`asset-manager env list`: checks all environment files, each by itself and side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from ops.console.table import aligned
from ops.environments.create import dotted
from settings.errors import SettingsError
from settings.load import Settings
from settings.side_by_side import DIRECTORY, load_all, taken, too_many

FACTS = ("environment", "account_id", "region", "name", "host")


def list_(directory: Path = DIRECTORY, *, as_json: bool) -> int:
    """Print every environment and its problems, and return the exit code."""
    good, bad = load_all(directory)
    clashes = taken(good), too_many(good)
    found = {
        name: [f"{dotted(key)}: {text}" for clash in clashes for key, text in clash.get(name, ())]
        + (str(bad[name]).splitlines() if name in bad else [])
        for name in sorted({*good, *bad})
    }
    rows = {name: _facts(name, good.get(name)) for name in found}
    if as_json:
        print(json.dumps([{**rows[name], "problems": problems} for name, problems in found.items()], indent=2))
        return _code(found)
    lines = aligned([[row[key] or "" for key in FACTS] for row in rows.values()]).splitlines()
    for line, problems in zip(lines, found.values(), strict=True):
        print("\n    ".join([line, *problems]))
    return _code(found)


def _facts(name: str, settings: Settings | None) -> dict[str, str | None]:
    shown = (settings.account_id, settings.region, settings.name, settings.dns.host) if settings else (None,) * 4
    return dict(zip(FACTS, (name, *shown), strict=True))


def _code(found: Mapping[str, list[str]]) -> int:
    return SettingsError.exit_code if any(found.values()) else 0
