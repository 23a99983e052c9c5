"""`asset-manager status`: how it is, on one screen; of what changes by itself, judged as `validate` judges it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

from ops.aws.account import check_credentials
from ops.aws.ecs import tasks_of_family
from ops.checking.deployed import dagster, ecs, network
from ops.checking.report import Check, Result, look, show
from ops.console.finding import CannotLookError, Finding, failed, ok
from ops.dagster_api.deployment import Deployment
from ops.dagster_api.web import Web
from settings.load import load

RUNS = """query { queued: runsOrError(filter: {statuses: [QUEUED]}) { ... on Runs { count } }
  going: runsOrError(filter: {statuses: [NOT_STARTED, STARTING, STARTED, CANCELING]}) { ... on Runs { count } } }"""


def status(environment: str, url: str | None, *, within: bool, as_json_: bool) -> None:
    """Print it; that something is not well is told, and is no error of this command."""
    settings = load(environment)
    deployment = Deployment.of_environment(settings, url)
    check_credentials(deployment, settings)
    looked_at = checks(deployment, deployment.web if within else deployment.web_from_here)
    # None of them waits for another, and each waits for the network.
    with ThreadPoolExecutor(max_workers=len(looked_at)) as pool:
        results: list[Result] = [result for (result,) in pool.map(lambda check: look([check], 0, print), looked_at)]
    show(results, as_json_=as_json_)


def checks(deployment: Deployment, web: Web) -> list[Check]:
    """Services with revisions and tasks, targets, heartbeats, queue, alarms."""
    settings, names = deployment.settings, deployment.settings.names
    may_be = range(settings.fewest(settings.web.desired_count), settings.web.most + 1)
    daemons = range(settings.fewest(1), 2)
    return [
        Check("web", partial(ecs.service, deployment, names.web_service, names.web_family, may_be)),
        Check("daemon", partial(ecs.service, deployment, names.daemon_service, names.daemon_family, daemons)),
        Check("targets", partial(network.target_health, deployment)),
        Check("heartbeats", partial(dagster.heartbeats, deployment, web)),
        Check("runs", partial(runs, deployment, web)),
        Check("alarms", partial(alarms, deployment)),
    ]


def runs(deployment: Deployment, web: Web) -> Finding:
    """How many wait and how many go on, as Dagster counts, and how many tasks ECS has of them."""
    cluster, family = deployment.settings.existing.cluster, deployment.settings.names.run_family
    tasks = tasks_of_family(deployment.ecs, cluster, family, "RUNNING")
    try:
        counted = web.query(RUNS)
    except CannotLookError as error:
        return replace(error.finding, why=f"{len(tasks)} tasks; how many wait is not known: {error.finding.why}")
    queued, going = counted["queued"]["count"], counted["going"]["count"]
    most = deployment.settings.run.max_concurrent
    return ok(f"{queued} queued, {going} going on of at most {most}, {len(tasks)} tasks")


def alarms(deployment: Deployment) -> Finding:
    """Those of this deployment that ring."""
    name = deployment.settings.name
    pages = deployment.cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{name}-")
    found = [alarm for page in pages for alarm in page["MetricAlarms"]]
    return judge_alarms([alarm for alarm in found if tells(alarm, f"{name}-alarms")])


def tells(alarm: Any, topic: str) -> bool:
    """Whether it tells this topic: the name of asset-manager-pr-7's alarms begins as that of asset-manager's."""
    return any(arn.rpartition(":")[2] == topic for arn in alarm["AlarmActions"])


def judge_alarms(found: Sequence[Any]) -> Finding:
    """Which ring, since when."""
    ringing = [alarm for alarm in found if alarm["StateValue"] == "ALARM"]
    if not ringing:
        return ok(f"none of {len(found)} is in ALARM")
    told = ", ".join(f"{alarm['AlarmName']} since {alarm['StateUpdatedTimestamp']:%Y-%m-%d %H:%M}" for alarm in ringing)
    return failed(told, "What each means and what to do: docs/alarms.md.")
