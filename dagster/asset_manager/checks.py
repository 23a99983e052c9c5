"""What is asked of a partition's dates: that there are any, each once, and up to now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import dagster as dg

from asset_manager.partition_key import PartitionKey
from asset_manager.periods import last_day

DAYS_BEHIND = 2  # yesterday's value may still be on its way at 03:00 UTC


def not_empty(key: PartitionKey, dates: Sequence[date]) -> dg.AssetCheckResult:
    """A metric without values is a broken metric, never an empty cache."""
    return dg.AssetCheckResult(
        check_name="not_empty",
        passed=bool(dates),
        description=f"{key}: {len(dates)} dates" if dates else f"{key}: there are no values at all",
    )


def no_duplicate_dates(key: PartitionKey, dates: Sequence[date]) -> dg.AssetCheckResult:
    """A date that is there twice would be counted twice."""
    twice = sorted(day for day, times in Counter(dates).items() if times > 1)
    shown = ", ".join(map(str, twice[:3])) + (f" and {len(twice) - 3} more" if twice[3:] else "")
    return dg.AssetCheckResult(
        check_name="no_duplicate_dates",
        passed=not twice,
        description=f"{key}: more than one value for {shown}" if twice else f"{key}: each date is there once",
    )


def fresh(key: PartitionKey, dates: Sequence[date], today: date) -> dg.AssetCheckResult:
    """Old values are worth more than none, so staleness warns and stops nothing."""
    newest = max(dates, default=None)
    passed = newest is not None and last_day(newest, key.grain) >= today - timedelta(days=DAYS_BEHIND)
    return dg.AssetCheckResult(
        check_name="fresh",
        passed=passed,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{key}: the newest {key.grain} is {newest or 'none'}; "
        f"the last within {DAYS_BEHIND} days of {today} is asked for",
    )
