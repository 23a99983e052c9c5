"""The monthly costs of an environment, line by line, from its settings, a given use, and dated prices.

Pure, except that it reads prices.yaml. A month is 730 hours, as in AWS's own calculator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from ops.console.errors import PricesMissingError
from settings.facts.alarm_rules import LOG_METRICS, alarm_names
from settings.schema import OfficeHours, Settings, TaskSize

PRICES = Path(__file__).with_name("prices.yaml")
HOURS = Decimal(730)
HOURS_A_WEEK = 7 * 24
WEEK = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
# The hours by which the report shows what office hours would save an environment without them.
SUGGESTED_HOURS = OfficeHours(start="07:00", stop="20:00", days="MON-FRI")
CENT = Decimal("0.01")

Change = dict[str, object]  # of settings, by their names


@dataclass(frozen=True, kw_only=True)
class Use:
    """The use in a month, which no setting states; minutes are of one run's task, start and end included."""

    runs: int
    run_minutes: int
    log_gb: int
    stored_gb: int


@dataclass(frozen=True, kw_only=True)
class Line:
    """One item of the bill: `quantity` of `unit` at `price` USD each."""

    what: str
    quantity: Decimal
    unit: str
    price: Decimal

    @property
    def usd(self) -> Decimal:
        return (self.quantity * self.price).quantize(CENT)


@dataclass(frozen=True, kw_only=True)
class Saving:
    """The monthly amount that one setting saves, or would save."""

    setting: str
    as_set: bool
    usd: Decimal


@dataclass(frozen=True, kw_only=True)
class Prices:
    """The prices of one region, and their date."""

    date: str
    spot_share: Decimal
    region: dict[str, Any]

    def of(self, name: str) -> Decimal:
        """Return USD for one unit."""
        return Decimal(self.region[name])

    def task_hour(self, size: TaskSize, architecture: str) -> Decimal:
        """Return USD for an hour of a task on Fargate, on demand."""
        fargate = self.region["fargate"][architecture]
        vcpu, gigabytes = Decimal(size.cpu) / 1024, Decimal(size.memory) / 1024
        return vcpu * Decimal(fargate["vcpu_hour"]) + gigabytes * Decimal(fargate["gb_hour"])


def prices(region: str, path: Path = PRICES) -> Prices:
    """Return the region's prices, or raise if the file has none."""
    known = yaml.safe_load(path.read_text())
    if region not in known["regions"]:
        raise PricesMissingError(
            f"{path.name} has no prices of {region}, and a guess would be worse than none. "
            f"It has {', '.join(sorted(known['regions']))}: add {region} from the pages that the file names."
        )
    return Prices(date=str(known["date"]), spot_share=Decimal(known["spot_share"]), region=known["regions"][region])


def lines(settings: Settings, use: Use, paid: Prices) -> list[Line]:
    """Return the items of the bill, the largest kinds first."""
    awake = hours_awake(settings.office_hours)
    architecture = settings.cpu_architecture
    run_hours = Decimal(use.runs) * use.run_minutes / 60
    run_price = paid.task_hour(settings.run, architecture) * (paid.spot_share if settings.run.spot else 1)
    watched = len(alarm_names(always_on=settings.office_hours is None))
    return [
        _service("web", settings.web.desired_count, settings.web, awake, paid.task_hour(settings.web, architecture)),
        _service("daemon", 1, settings.daemon, awake, paid.task_hour(settings.daemon, architecture)),
        Line(
            what=f"runs on Fargate{' Spot' if settings.run.spot else ''}, {_size(settings.run)}",
            quantity=run_hours,
            unit="hours",
            price=run_price,
        ),
        Line(what="load balancer", quantity=HOURS, unit="hours", price=paid.of("alb_hour")),
        Line(what="load balancer's capacity, one unit", quantity=HOURS, unit="LCU hours", price=paid.of("lcu_hour")),
        Line(
            what="its public addresses, one in each of two zones",
            quantity=2 * HOURS,
            unit="hours",
            price=paid.of("ipv4_hour"),
        ),
        Line(what="logs taken in", quantity=Decimal(use.log_gb), unit="GB", price=paid.of("log_gb")),
        Line(
            what="artifacts and access logs", quantity=Decimal(use.stored_gb), unit="GB", price=paid.of("s3_gb_month")
        ),
        Line(what="alarms", quantity=Decimal(watched), unit="alarms", price=paid.of("alarm_month")),
        *_alarms_of_scaling(settings, paid),
        Line(
            what="metrics of log lines",
            quantity=Decimal(len(LOG_METRICS)),
            unit="metrics",
            price=paid.of("metric_month"),
        ),
        Line(what="dashboard", quantity=Decimal(1), unit="dashboards", price=paid.of("dashboard_month")),
        Line(what="client secret", quantity=Decimal(1), unit="secrets", price=paid.of("secret_month")),
    ]


def _alarms_of_scaling(settings: Settings, paid: Prices) -> list[Line]:
    """Target tracking creates two alarms, one to scale out and one to scale in, if web scales by load."""
    if not settings.web.is_scaled:
        return []
    return [
        Line(what="alarms that web's scaling makes", quantity=Decimal(2), unit="alarms", price=paid.of("alarm_month"))
    ]


def _service(name: str, count: int, size: TaskSize, awake: Decimal, price: Decimal) -> Line:
    tasks = f"{count} tasks" if count != 1 else "1 task"
    return Line(what=f"{name}, {tasks} of {_size(size)}", quantity=count * awake, unit="hours", price=price)


def _size(size: TaskSize) -> str:
    return f"{size.cpu / 1024:g} vCPU, {size.memory / 1024:g} GB"


def hours_awake(hours: OfficeHours | None) -> Decimal:
    """Return the hours of a month in which services run."""
    if hours is None:
        return HOURS
    minutes = _minute(hours.stop) - _minute(hours.start)
    a_day = Decimal(minutes if minutes > 0 else minutes + 24 * 60) / 60
    return HOURS * _days(hours.days) * a_day / HOURS_A_WEEK


def _minute(clock: str) -> int:
    hour, _, minute = clock.partition(":")
    return int(hour) * 60 + int(minute)


def _days(days: str) -> int:
    """Return the number of days a week that EventBridge's notation names; FRI-MON includes the weekend."""
    named: set[int] = set()
    for part in days.split(","):
        first, _, last = part.partition("-")
        start = WEEK.index(first)
        span = (WEEK.index(last) - start) % 7 if last else 0
        named |= {(start + day) % 7 for day in range(span + 1)}
    return len(named)


def total(found: Sequence[Line]) -> Decimal:
    return sum((line.usd for line in found), Decimal(0))


def savings(settings: Settings, use: Use, paid: Prices) -> list[Saving]:
    """Return what each setting that reduces costs saves, or would save, if all others stay the same."""
    arm, spot = settings.cpu_architecture == "ARM64", settings.run.spot
    pairs: tuple[tuple[str, bool, Change, Change], ...] = (
        ("cpu_architecture: ARM64", arm, {"cpu_architecture": "X86_64"}, {"cpu_architecture": "ARM64"}),
        ("run: spot: true", spot, {"run": _spot(settings, on=False)}, {"run": _spot(settings, on=True)}),
        (
            f"office_hours: {_words(settings.office_hours or SUGGESTED_HOURS)}",
            settings.office_hours is not None,
            {"office_hours": None},
            {"office_hours": settings.office_hours or SUGGESTED_HOURS},
        ),
    )

    def month(change: Change) -> Decimal:
        return total(lines(settings.model_copy(update=change), use, paid))

    return [
        Saving(setting=setting, as_set=as_set, usd=month(without) - month(with_))
        for setting, as_set, without, with_ in pairs
    ]


def _spot(settings: Settings, *, on: bool) -> object:
    return settings.run.model_copy(update={"spot": on})


def _words(hours: OfficeHours) -> str:
    return f"{hours.days} {hours.start}-{hours.stop}"
