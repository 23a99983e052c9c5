"""Days made into weeks and months, in Python: no two databases truncate a date alike. Pure: imports no Dagster."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

Values = list[tuple[date, float]]

AGGREGATIONS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "sum": sum,
    "mean": lambda values: sum(values) / len(values),
    "last": lambda values: values[-1],
}


def first_day(day: date, grain: str) -> date:
    """The day that names the period which `day` is in; a week starts on Monday."""
    if grain == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if grain == "month" else day


def last_day(first: date, grain: str) -> date:
    """The last day of the period that starts on `first`."""
    if grain == "week":
        return first + timedelta(days=6)
    return first.replace(day=calendar.monthrange(first.year, first.month)[1]) if grain == "month" else first


def by_period(days: Values, grain: str, aggregation: str) -> Values:
    """One value a period, in order of time; the period that still runs is there with what it has so far."""
    periods: dict[date, list[float]] = {}
    for day, value in sorted(days):
        periods.setdefault(first_day(day, grain), []).append(value)
    return [(first, AGGREGATIONS[aggregation](values)) for first, values in periods.items()]
