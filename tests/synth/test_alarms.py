"""Alarms, metric filters, the rule on runs' tasks, and the topic that tells of them."""

import json
import re

import pytest

from tests.support.repository import ROOT

from .stack import Stack

EMAIL = "data-platform@leverslabs.com"


def topic(services: Stack) -> str:
    return f"${{{services.address('aws_sns_topic', name='asset-manager-alarms')}.arn}}"


def test_alarms_are_sent_by_e_mail(services: Stack) -> None:
    (subscription,) = services.resources("aws_sns_topic_subscription").values()
    assert (subscription["protocol"], subscription["endpoint"]) == ("email", EMAIL)
    assert subscription["topic_arn"] == topic(services)


def test_only_cloudwatch_of_this_account_publishes_and_eventbridge_which_knows_no_condition(services: Stack) -> None:
    (policy,) = services.resources("aws_sns_topic_policy").values()
    publish = {"Effect": "Allow", "Action": "sns:Publish", "Resource": topic(services)}
    ours = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
    assert json.loads(policy["policy"])["Statement"] == [
        {**publish, "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Condition": ours},
        {**publish, "Principal": {"Service": "events.amazonaws.com"}},
    ]


def test_every_alarm_reports_when_it_fires_and_when_it_is_over(services: Stack) -> None:
    for alarm in services.resources("aws_cloudwatch_metric_alarm").values():
        assert alarm["alarm_actions"] == alarm["ok_actions"] == [topic(services)]


@pytest.mark.parametrize(
    ("name", "metric", "statistic", "comparison", "threshold", "period", "periods", "missing"),
    [
        ("unhealthy-targets", "UnHealthyHostCount", "Maximum", ">=", 1, 60, 5, "notBreaching"),
        ("load-balancer-errors", "HTTPCode_ELB_5XX_Count", "Sum", ">=", 5, 300, 1, "notBreaching"),
        ("web-errors", "HTTPCode_Target_5XX_Count", "Sum", ">=", 5, 300, 1, "notBreaching"),
        ("slow", "TargetResponseTime", "p95", ">=", 5, 300, 3, "notBreaching"),
        ("heartbeats-lost", "HeartbeatsLost", "Sum", ">=", 1, 300, 1, "notBreaching"),
        ("second-daemon", "SecondDaemon", "Sum", ">=", 1, 300, 1, "notBreaching"),
        ("runs-failed", "RunsFailed", "Sum", ">=", 1, 300, 1, "notBreaching"),
        ("runs-lost", "RunsLost", "Sum", ">=", 1, 300, 1, "notBreaching"),
        ("queue-stands", "RunsAtTheirLimit", "Sum", ">=", 1, 300, 6, "notBreaching"),
        ("no-web", "HealthyHostCount", "Maximum", "<", 1, 60, 5, "breaching"),
        ("daemon-silent", "IncomingLogEvents", "Sum", "<", 1, 300, 3, "breaching"),
    ],
)
def test_an_alarm_fires_at(
    services: Stack,
    name: str,
    metric: str,
    statistic: str,
    comparison: str,
    threshold: int,
    period: int,
    periods: int,
    missing: str,
) -> None:
    alarm = services.resource("aws_cloudwatch_metric_alarm", alarm_name=f"asset-manager-{name}")
    operator = {">=": "GreaterThanOrEqualToThreshold", "<": "LessThanThreshold"}[comparison]
    assert alarm["metric_name"] == metric
    assert alarm.get("statistic", alarm.get("extended_statistic")) == statistic
    assert (alarm["comparison_operator"], alarm["threshold"]) == (operator, threshold)
    assert (alarm["period"], alarm["evaluation_periods"]) == (period, periods)
    assert alarm["treat_missing_data"] == missing


def test_the_load_balancers_alarms_are_of_ours(base: Stack, services: Stack) -> None:
    alb = f"${{{base.address('aws_lb', name='asset-manager-alb')}.arn_suffix}}"
    group = f"${{{services.address('aws_lb_target_group')}.arn_suffix}}"
    for name, of_group in (
        ("unhealthy-targets", True),
        ("no-web", True),
        ("load-balancer-errors", False),
        ("slow", True),
    ):
        alarm = services.resource("aws_cloudwatch_metric_alarm", alarm_name=f"asset-manager-{name}")
        assert base.behind(alarm["dimensions"]["LoadBalancer"]) == alb
        assert alarm["dimensions"].get("TargetGroup") == (group if of_group else None)


@pytest.mark.parametrize(
    ("metric", "group"),
    [
        ("HeartbeatsLost", "daemon"),
        ("SecondDaemon", "daemon"),
        ("RunsAtTheirLimit", "daemon"),
        ("RunsLost", "daemon"),
        ("RunsFailed", "runs"),
    ],
)
def test_a_metric_is_read_from_its_log_group_and_is_zero_where_nothing_matches(
    base: Stack, services: Stack, metric: str, group: str
) -> None:
    found = services.resource("aws_cloudwatch_log_metric_filter", name=f"asset-manager-{metric}")
    named = base.address("aws_cloudwatch_log_group", name=f"fulcrum/asset-manager/{group}")
    assert base.behind(found["log_group_name"]) == f"${{{named}.name}}"
    assert found["metric_transformation"] == {
        "name": metric,
        "namespace": "AssetManager/asset-manager",
        "value": "1",
        "default_value": "0",
        "unit": "Count",
    }


def test_tasks_of_runs_that_did_not_end_by_themselves_are_reported_too(services: Stack) -> None:
    rule = services.resource("aws_cloudwatch_event_rule", name="asset-manager-stopped-runs")
    cluster = services.data_address("aws_ecs_cluster", cluster_name="asset-manager")
    detail = json.loads(rule["event_pattern"])["detail"]
    assert (detail["clusterArn"], detail["group"]) == ([f"${{{cluster}.arn}}"], ["family:asset-manager-run"])
    assert leads_to_topic(services, "asset-manager-stopped-runs")


def test_a_service_that_cannot_start_tasks_is_reported_too(services: Stack) -> None:
    rule = services.resource("aws_cloudwatch_event_rule", name="asset-manager-failing-services")
    assert json.loads(rule["event_pattern"])["resources"] == [
        f"arn:aws:ecs:us-west-1:111122223333:service/asset-manager/asset-manager-{name}" for name in ("web", "daemon")
    ]
    assert leads_to_topic(services, "asset-manager-failing-services")


def leads_to_topic(services: Stack, rule: str) -> bool:
    name = f"${{{services.address('aws_cloudwatch_event_rule', name=rule)}.name}}"
    targets = services.resources("aws_cloudwatch_event_target").values()
    return [target["arn"] for target in targets if target["rule"] == name] == [topic(services)]


def test_the_dashboard_shows_every_alarm_first(services: Stack) -> None:
    dashboard = services.resource("aws_cloudwatch_dashboard", dashboard_name="asset-manager")
    top = json.loads(dashboard["dashboard_body"])["widgets"][0]
    assert (top["type"], top["y"]) == ("alarm", 0)
    shown = top["properties"]["alarms"]
    assert len(shown) == len(services.resources("aws_cloudwatch_metric_alarm")) == 11


def test_the_page_of_alarms_has_each_with_what_it_means_and_what_to_do(services: Stack) -> None:
    page = (ROOT / "docs" / "alarms.md").read_text()
    rows = dict(re.findall(r"^\| `(asset-manager-[a-z-]+)` \| (.+) \|$", page, re.MULTILINE))
    assert {name: cells.replace(" | ", " ") for name, cells in rows.items()} == {
        alarm["alarm_name"]: alarm["alarm_description"]
        for alarm in services.resources("aws_cloudwatch_metric_alarm").values()
    }
