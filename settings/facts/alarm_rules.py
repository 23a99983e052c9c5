"""Metrics of log lines, and the alarms on them and on AWS's own metrics.

Dagster 1.13 writes the lines (dagster/_daemon: controller.py, daemon.py, run_coordinator, monitoring); the test data in
tests/unit/settings/facts/test_alarm_rules.py are such lines, verbatim. Patterns:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MINUTE = 60
EVENT_RULES = STOPPED_RUNS, FAILING_SERVICES = "stopped-runs", "failing-services"


@dataclass(frozen=True, kw_only=True)
class LogMetric:
    """The number of lines in a log group that match; `log` is web, daemon or runs."""

    name: str
    log: str
    pattern: str


LOG_METRICS: Sequence[LogMetric] = (
    LogMetric(name="HeartbeatsLost", log="daemon", pattern='"have not sent heartbeats in more than"'),
    LogMetric(name="SecondDaemon", log="daemon", pattern='"daemon is still sending heartbeats"'),
    LogMetric(name="RunsAtTheirLimit", log="daemon", pattern='"won\'t launch more"'),
    # The worker of a failed run writes the first; run monitoring writes the second about a worker that died.
    LogMetric(name="RunsFailed", log="runs", pattern='"- RUN_FAILURE -"'),
    LogMetric(name="RunsLost", log="daemon", pattern='?"Marking run" ?"seconds to start."'),
)


@dataclass(frozen=True, kw_only=True)
class Watched:
    """The resources that the metrics of alarms are about."""

    namespace: str
    load_balancer: str
    target_group: str
    daemon_log_group: str
    always_on: bool  # with office hours, missing data is no reason for an alarm


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One CloudWatch alarm; `period` is in seconds, and the alarm fires after `periods` of them in a row."""

    name: str
    metric: str
    namespace: str
    dimensions: Mapping[str, str]
    statistic: str  # or a percentile, such as p95
    at_least: float | None = None
    below: float | None = None
    period: int
    periods: int
    fires_without_data: bool = False
    means: str
    to_do: str


def alarms(watched: Watched) -> list[Alarm]:
    balancer = {"LoadBalancer": watched.load_balancer}
    targets = {**balancer, "TargetGroup": watched.target_group}
    elb = "AWS/ApplicationELB"

    def of_log(name: str, metric: str, periods: int, means: str, to_do: str) -> Alarm:
        return Alarm(
            name=name,
            metric=metric,
            namespace=watched.namespace,
            dimensions={},
            statistic="Sum",
            at_least=1,
            period=5 * MINUTE,
            periods=periods,
            means=means,
            to_do=to_do,
        )

    always = [
        Alarm(
            name="unhealthy-targets",
            metric="UnHealthyHostCount",
            namespace=elb,
            dimensions=targets,
            statistic="Maximum",
            at_least=1,
            period=MINUTE,
            periods=5,  # during a deployment a new task is unhealthy for a minute or two
            means="A web task does not answer /server_info.",
            to_do="Read its log group; ECS replaces it by itself.",
        ),
        Alarm(
            name="load-balancer-errors",
            metric="HTTPCode_ELB_5XX_Count",
            namespace=elb,
            dimensions=balancer,
            statistic="Sum",
            at_least=5,
            period=5 * MINUTE,
            periods=1,
            means="The load balancer found no web task to answer, or sign-in fails.",
            to_do="See the targets; asset-manager validate.",
        ),
        Alarm(
            name="web-errors",
            metric="HTTPCode_Target_5XX_Count",
            namespace=elb,
            dimensions=targets,
            statistic="Sum",
            at_least=5,
            period=5 * MINUTE,
            periods=1,
            means="The web server answers with errors.",
            to_do="Read the web log group: as a rule the database is out of reach or slow.",
        ),
        Alarm(
            name="slow",
            metric="TargetResponseTime",
            namespace=elb,
            dimensions=targets,
            statistic="p95",
            at_least=5,
            period=5 * MINUTE,
            periods=3,  # one large page is no reason for an alarm
            means="One request in twenty takes five seconds or more.",
            to_do="Look at web's CPU and at the database; raise web's max_count or size.",
        ),
        of_log(
            "heartbeats-lost",
            "HeartbeatsLost",
            1,
            "A loop of the daemon hangs: schedules, sensors or the queue stand still.",
            "Read the daemon's log group; its health check has it replaced.",
        ),
        of_log(
            "second-daemon",
            "SecondDaemon",
            1,
            "Two daemons are at work, and every schedule runs twice.",
            "List the tasks of the daemon's service and stop the older one; look for a daemon started by hand.",
        ),
        of_log(
            "runs-failed", "RunsFailed", 1, "A run failed.", "Open it in the UI; it was tried once more if it crashed."
        ),
        of_log(
            "runs-lost",
            "RunsLost",
            1,
            "A run's worker died or never began.",
            "See why its task stopped (the e-mail on stopped tasks says it); memory, Spot, the image.",
        ),
        of_log(
            "queue-stands",
            "RunsAtTheirLimit",
            6,
            "For half an hour as many runs were at work as are allowed; whatever is queued waits.",
            "See the queue: asset-manager status. Raise run.max_concurrent, if the database has room, or spread the "
            "schedules.",
        ),
    ]
    if not watched.always_on:
        return always
    no_web = Alarm(
        name="no-web",
        metric="HealthyHostCount",
        namespace=elb,
        dimensions=targets,
        statistic="Maximum",
        below=1,
        period=MINUTE,
        periods=5,
        # Without a registered target the load balancer sends no data, not even about unhealthy targets.
        fires_without_data=True,
        means="No web task serves: none runs, or none is healthy.",
        to_do="See the service's events and its stopped tasks' reasons: asset-manager doctor.",
    )
    silent = Alarm(
        name="daemon-silent",
        metric="IncomingLogEvents",
        namespace="AWS/Logs",
        dimensions={"LogGroupName": watched.daemon_log_group},
        statistic="Sum",
        below=1,
        period=5 * MINUTE,
        periods=3,  # the sensor writes a line every five minutes
        fires_without_data=True,
        means="The daemon has written nothing for a quarter of an hour: it does not run.",
        to_do="See the service's events and its stopped tasks' reasons.",
    )
    return [*always, no_web, silent]


def alarm_names(*, always_on: bool) -> list[str]:
    """Return the names of a deployment's alarms, without the application's name in front."""
    nothing = Watched(namespace="", load_balancer="", target_group="", daemon_log_group="", always_on=always_on)
    return [alarm.name for alarm in alarms(nothing)]


def failing_services(service_arns: Sequence[str]) -> dict[str, object]:
    """Return the event pattern for services whose tasks do not become healthy, or whose deployment ECS gave up.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events.html
    """
    return {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Service Action", "ECS Deployment State Change"],
        "resources": list(service_arns),
        "detail": {"eventName": ["SERVICE_TASK_START_IMPAIRED", "SERVICE_DEPLOYMENT_FAILED"]},
    }


def stopped_runs(cluster_arn: str, run_family: str) -> dict[str, object]:
    """Return the event pattern for tasks of runs that something other than Dagster stopped.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
    """
    return {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        "detail": {
            "clusterArn": [cluster_arn],
            "group": [f"family:{run_family}"],
            "lastStatus": ["STOPPED"],
            "$or": [
                # TaskFailedToStart includes an image that cannot be pulled and a parameter that cannot be read.
                {"stopCode": ["SpotInterruption", "TaskFailedToStart"]},
                {"containers": {"reason": [{"prefix": "OutOfMemory"}]}},
            ],
        },
    }
