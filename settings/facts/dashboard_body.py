"""The body of the dashboard, as CloudWatch takes it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from settings.facts.alarm_rules import LOG_METRICS, Watched, alarms

WIDTH, HEIGHT = 12, 6  # of a graph, on a grid of 24 columns

Metric = list[Any]


def dashboard_body(
    *, region: str, cluster: str, services: Sequence[str], watched: Watched, alarm_arns: Sequence[str]
) -> dict[str, Any]:
    """Return the dashboard's JSON, which shows every metric that an alarm watches; `services` are names."""
    of_elb: dict[str, list[Metric]] = {}
    for alarm in alarms(watched):
        if alarm.namespace == "AWS/ApplicationELB":
            dimensions = [part for pair in sorted(alarm.dimensions.items()) for part in pair]
            metric = [alarm.namespace, alarm.metric, *dimensions, {"stat": alarm.statistic}]
            of_elb.setdefault("seconds" if alarm.metric == "TargetResponseTime" else "count", []).append(metric)
    use = [
        ["AWS/ECS", metric, "ClusterName", cluster, "ServiceName", service, {"stat": "Average"}]
        for service in services
        for metric in ("CPUUtilization", "MemoryUtilization")
    ]
    of_logs: list[Metric] = [[watched.namespace, metric.name, {"stat": "Sum"}] for metric in LOG_METRICS]
    lines: list[Metric] = [["AWS/Logs", "IncomingLogEvents", "LogGroupName", watched.daemon_log_group, {"stat": "Sum"}]]
    graphs = (
        ("Targets and errors", of_elb["count"]),
        ("How long web takes, in seconds", of_elb["seconds"]),
        ("Web and daemon, in percent", use),
        ("Runs, queue and daemon, from the logs", of_logs),
        ("Lines that the daemon writes", lines),
    )
    top = {
        "type": "alarm",
        **_place(0, 0, 2 * WIDTH, 3),
        "properties": {"title": "Is it well?", "alarms": list(alarm_arns)},
    }
    return {
        "widgets": [
            top,
            *[
                {
                    "type": "metric",
                    **_place(number % 2 * WIDTH, 3 + number // 2 * HEIGHT, WIDTH, HEIGHT),
                    "properties": {"title": title, "region": region, "metrics": metrics, "period": 300},
                }
                for number, (title, metrics) in enumerate(graphs)
            ],
        ]
    }


def _place(x: int, y: int, width: int, height: int) -> dict[str, int]:
    return {"x": x, "y": y, "width": width, "height": height}
