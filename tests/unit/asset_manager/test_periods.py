"""Days become weeks and months."""

from __future__ import annotations

from datetime import date

import pytest

from asset_manager.periods import by_period, first_day, last_day

# Monday 29 January 2024 to Saturday 3 February: one week, two months.
DAYS = [(date(2024, 1, 29), 1.0), (date(2024, 1, 31), 5.0), (date(2024, 2, 1), 2.0), (date(2024, 2, 3), 4.0)]


@pytest.mark.parametrize(
    ("grain", "aggregation", "values"),
    [
        ("day", "sum", DAYS),
        ("week", "sum", [(date(2024, 1, 29), 12.0)]),
        ("week", "mean", [(date(2024, 1, 29), 3.0)]),
        ("month", "sum", [(date(2024, 1, 1), 6.0), (date(2024, 2, 1), 6.0)]),
        ("month", "mean", [(date(2024, 1, 1), 3.0), (date(2024, 2, 1), 3.0)]),
        ("month", "last", [(date(2024, 1, 1), 5.0), (date(2024, 2, 1), 4.0)]),
    ],
)
def test_a_period_has_one_value_made_as_the_metric_says(
    grain: str, aggregation: str, values: list[tuple[date, float]]
) -> None:
    assert by_period(DAYS, grain, aggregation) == values


def test_the_order_of_the_days_does_not_matter() -> None:
    assert by_period(DAYS[::-1], "month", "last") == by_period(DAYS, "month", "last")


def test_no_days_make_no_period() -> None:
    assert by_period([], "week", "mean") == []


def test_a_week_starts_on_monday_also_across_a_year() -> None:
    assert first_day(date(2025, 1, 1), "week") == date(2024, 12, 30)
    assert last_day(date(2024, 12, 30), "week") == date(2025, 1, 5)


def test_february_ends_when_the_year_says() -> None:
    assert [last_day(date(year, 2, 1), "month").day for year in (2023, 2024)] == [28, 29]
