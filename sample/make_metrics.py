"""`python -m sample.make_metrics`: writes the CSV files beside it; the same seed gives the same bytes everywhere."""

from __future__ import annotations

import csv
import math
import random
from pathlib import Path

FOLDER = Path(__file__).parent
DAYS = 731  # two years, one of them a leap year
SEED = 20240229

# Per tenant: metric -> (aggregation, level, growth over the two years, weekend factor).
TENANTS = {
    "acme": {
        "revenue": ("sum", 52_000, 0.4, 0.6),
        "orders": ("sum", 820, 0.35, 0.7),
        "refunds": ("sum", 31, 0.1, 0.8),
        "conversion_rate": ("mean", 3.1, 0.05, 0.95),
        "active_users": ("last", 14_200, 0.8, 0.9),
        "support_tickets": ("sum", 64, -0.2, 0.3),
        "stock_value": ("last", 910_000, 0.15, 1.0),
    },
    "globex": {
        "revenue": ("sum", 118_000, 0.1, 1.3),
        "orders": ("sum", 2_650, 0.12, 1.35),
        "basket_size": ("mean", 44.5, -0.02, 1.1),
        "newsletter_subscribers": ("last", 88_000, 0.5, 1.0),
        "page_views": ("sum", 310_000, 0.25, 1.2),
        "bounce_rate": ("mean", 41.0, -0.1, 1.02),
        "delivery_days": ("mean", 2.8, -0.15, 1.0),
    },
    "initech": {
        "mrr": ("last", 240_000, 0.9, 1.0),
        "churned_accounts": ("sum", 4.2, -0.3, 0.2),
        "trials_started": ("sum", 37, 0.6, 0.4),
        "api_calls": ("sum", 5_400_000, 1.4, 0.5),
        "error_rate": ("mean", 0.42, -0.4, 0.9),
        "p95_latency": ("mean", 187.0, -0.25, 0.85),
    },
}


def series(tenant: str, metric: str) -> list[float]:
    """Growth, a week, a year and some noise, the oldest day first."""
    _, level, growth, weekend = TENANTS[tenant][metric]
    noise = random.Random(f"{SEED} {tenant} {metric}")  # noqa: S311  invented data, not a secret
    values = []
    for day in range(DAYS):
        trend = 1 + growth * day / DAYS
        season = 1 + 0.08 * math.sin(2 * math.pi * day / 365.25)
        week = weekend if day % 7 in (5, 6) else 1.0
        # Rounded, so that no platform's last bit of a sine reaches the file.
        values.append(round(level * trend * season * week * noise.uniform(0.93, 1.07), 1 if level > 1 else 3))
    return values


def main() -> None:
    """One file a tenant: a column a metric, a row a day, named by its distance from the last one."""
    for tenant, metrics in TENANTS.items():
        columns = [series(tenant, metric) for metric in metrics]
        with (FOLDER / f"{tenant}.csv").open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["days_ago", *(f"{metric}:{spec[0]}" for metric, spec in metrics.items())])
            for day in range(DAYS):
                writer.writerow([DAYS - day, *(column[day] for column in columns)])


if __name__ == "__main__":
    main()
