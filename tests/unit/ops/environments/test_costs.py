"""What an environment costs a month: the expected amounts are computed by hand, at prices that are round numbers."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops.cli.environments import app
from ops.console.errors import PricesMissingError
from ops.environments import cost, costs
from ops.environments.costs import HOURS, Prices, Use, hours_awake, lines, savings, total
from settings.load import load
from settings.schema import OfficeHours, Settings

# An hour of 1 vCPU and 2 GB: 0.12 on X86_64, 0.06 on ARM64.
PAID = Prices(
    date="2026-01-01",
    spot_share=Decimal("0.25"),
    region={
        "fargate": {
            "X86_64": {"vcpu_hour": "0.10", "gb_hour": "0.01"},
            "ARM64": {"vcpu_hour": "0.05", "gb_hour": "0.005"},
        },
        "alb_hour": "0.02",
        "ipv4_hour": "0.01",
        "lcu_hour": "0.01",
        "log_gb": "0.50",
        "s3_gb_month": "0.02",
        "alarm_month": "0.10",
        "metric_month": "0.30",
        "dashboard_month": "3.00",
        "secret_month": "0.40",
    },
)
USE = Use(runs=600, run_minutes=5, log_gb=10, stored_gb=100)  # 50 hours of runs
# 84 of a week's 168 hours.
HALF = OfficeHours(start="06:00", stop="18:00", days="MON-SUN")


def settings(**change: object) -> Settings:
    """prod, without any of the three things that save."""
    prod = load("prod")
    run = prod.run.model_copy(update={"spot": False, "cpu": 1024, "memory": 2048})
    return prod.model_copy(
        update={"cpu_architecture": "X86_64", "office_hours": None, "auth0_domain": None, "run": run, **change}
    )


def on_spot() -> object:
    return settings().run.model_copy(update={"spot": True})


def usd(of: Settings, what: str) -> Decimal:
    (found,) = [line.usd for line in lines(of, USE, PAID) if line.what == what or line.what.startswith(f"{what},")]
    return found


@pytest.mark.parametrize(
    ("changed", "what", "expected"),
    [
        ({}, "web", "175.20"),  # 730 x (2 x 0.10 + 4 x 0.01)
        ({}, "daemon", "175.20"),
        ({}, "runs on Fargate", "6.00"),  # 50 x 0.12
        ({"cpu_architecture": "ARM64"}, "web", "87.60"),
        ({"cpu_architecture": "ARM64"}, "runs on Fargate", "3.00"),
        ({"run": on_spot()}, "runs on Fargate Spot", "1.50"),
        ({"run": on_spot(), "cpu_architecture": "ARM64"}, "runs on Fargate Spot", "0.75"),
        ({"office_hours": HALF}, "web", "87.60"),
        ({"office_hours": HALF}, "daemon", "87.60"),
        ({"office_hours": HALF}, "load balancer", "14.60"),  # is there at night too
        ({}, "load balancer's capacity", "7.30"),
        ({}, "logs taken in", "5.00"),
        ({}, "artifacts and access logs", "2.00"),
        ({}, "its public addresses", "14.60"),  # 730 x 2 x 0.01
        ({}, "alarms", "1.10"),  # eleven
        ({"office_hours": HALF}, "alarms", "0.90"),  # silence means nothing at night
        ({}, "alarms that web's scaling makes", "0.20"),  # two
        ({}, "metrics of log lines", "1.50"),  # five
        ({}, "dashboard", "3.00"),
        ({}, "client secret", "0.40"),  # there without sign-in too
    ],
)
def test_a_line_of(changed: dict[str, object], what: str, expected: str) -> None:
    assert usd(settings(**changed), what) == Decimal(expected)


@pytest.mark.parametrize(("office_hours", "alarms"), [(None, 11), (HALF, 9)])
def test_every_alarm_is_paid_for_and_every_metric(office_hours: OfficeHours | None, alarms: int) -> None:
    assert usd(settings(office_hours=office_hours), "alarms") == alarms * Decimal("0.10")
    assert usd(settings(office_hours=office_hours), "metrics of log lines") == 5 * Decimal("0.30")


def test_twice_the_web_tasks_are_twice_the_hours() -> None:
    two = settings().web.model_copy(update={"desired_count": 2})
    assert usd(settings(web=two), "web, 2 tasks of 2 vCPU") == Decimal("350.40")


def test_web_that_does_not_scale_has_no_alarms_of_scaling() -> None:
    still = settings().web.model_copy(update={"max_count": None})
    assert [line.what for line in lines(settings(web=still), USE, PAID) if "scaling" in line.what] == []


@pytest.mark.parametrize(
    ("changed", "setting", "as_set", "expected"),
    [
        ({}, "cpu_architecture", False, "178.20"),  # half of 175.20 + 175.20 + 6.00
        ({"cpu_architecture": "ARM64"}, "cpu_architecture", True, "178.20"),
        ({}, "run: spot", False, "4.50"),
        ({"run": on_spot()}, "run: spot", True, "4.50"),
        ({"office_hours": HALF}, "office_hours", True, "175.40"),  # two halves, and the two alarms on silence
    ],
)
def test_a_setting_saves(changed: dict[str, object], setting: str, as_set: bool, expected: str) -> None:
    (found,) = [each for each in savings(settings(**changed), USE, PAID) if each.setting.startswith(setting)]
    assert (found.as_set, found.usd) == (as_set, Decimal(expected))


@pytest.mark.parametrize(
    ("hours", "a_week"),
    [
        (None, 168),
        (OfficeHours(start="07:00", stop="20:00", days="MON-FRI"), 65),
        (OfficeHours(start="08:00", stop="08:30", days="TUE"), 0.5),
        (OfficeHours(start="00:00", stop="12:00", days="MON,WED,FRI"), 36),
        (OfficeHours(start="00:00", stop="12:00", days="FRI-MON"), 48),
        (OfficeHours(start="00:00", stop="12:00", days="MON-WED,TUE"), 36),
        (OfficeHours(start="22:00", stop="06:00", days="MON"), 8),
    ],
)
def test_services_are_awake_so_many_hours_of_a_week(hours: OfficeHours | None, a_week: float) -> None:
    assert round(hours_awake(hours) * 168 / HOURS, 9) == Decimal(str(a_week))


def test_a_region_without_prices_is_refused_with_those_that_have_some() -> None:
    with pytest.raises(PricesMissingError) as refusal:
        costs.prices("mars-north-1")
    assert str(refusal.value) == (
        "prices.yaml has no prices of mars-north-1, and a guess would be worse than none. It has us-east-1, us-west-1, "
        "us-west-2: add mars-north-1 from the pages that the file names."
    )


@pytest.mark.parametrize("environment", sorted(path.stem for path in Path("environments").glob("*.yaml")))
def test_every_environment_has_an_estimate(environment: str) -> None:
    ours = load(environment)
    assert total(lines(ours, USE, costs.prices(ours.region))) > 0


def test_the_table_ends_in_the_sum_what_settings_save_and_what_is_not_included() -> None:
    shown = cost.table(settings(), USE, PAID).splitlines()
    assert shown[0] == "prod in us-west-1: 730 hours, in USD at the list prices of 2026-01-01,"
    assert shown[1] == "with 600 runs of 5 minutes, 10 GB of logs and 100 GB stored"
    (month,) = [line for line in shown if line.startswith("a month")]
    assert month.endswith(" 406.10")
    assert "under load, each of up to 2 more web tasks is 0.2400 an hour" in shown
    assert "cpu_architecture: ARM64 would save 178.20" in shown
    assert shown[-1].startswith("not included:")


def test_machines_get_the_same_to_the_cent() -> None:
    document = json.loads(cost.as_json(settings(), USE, PAID))
    assert (document["usd"], document["prices_of"]) == ("406.10", "2026-01-01")
    assert sum(Decimal(line["usd"]) for line in document["lines"]) == Decimal("406.10")
    assert [saving["setting"].partition(":")[0] for saving in document["savings"]] == [
        "cpu_architecture",
        "run",
        "office_hours",
    ]


def test_the_command_reckons_an_environment_with_the_use_that_is_given() -> None:
    done = CliRunner().invoke(app, ["cost", "-e", "staging", "--runs", "0", "--json"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.output)
    assert (document["environment"], document["use"]["runs"]) == ("staging", 0)
