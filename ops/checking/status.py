"""`asset-manager status`: the parts that change by themselves, on one screen, judged as `validate` judges them."""

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
    """Print the state; a part that is not well is no error of this command."""
    settings = load(environment)
    deployment = Deployment.of_environment(settings, url)
    check_credentials(deployment, settings)
    wanted = checks(deployment, deployment.web if within else deployment.web_from_here)
    # They do not depend on each other, and each waits for the network.
    with ThreadPoolExecutor(max_workers=len(wanted)) as pool:
        results: list[Result] = [result for (result,) in pool.map(lambda check: look([check], 0, print), wanted)]
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
    """How many runs Dagster counts as waiting and as going, and how many tasks ECS runs for them."""
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
    """The deployment's alarms that are in ALARM."""
    name = deployment.settings.name
    pages = deployment.cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{name}-")
    found = [alarm for page in pages for alarm in page["MetricAlarms"]]
    return judge_alarms([alarm for alarm in found if notifies(alarm, f"{name}-alarms")])


def notifies(alarm: Any, topic: str) -> bool:
    """Whether the alarm notifies this topic; the prefix asset-manager- alone also finds asset-manager-pr-7's alarms."""
    return any(arn.rpartition(":")[2] == topic for arn in alarm["AlarmActions"])


def judge_alarms(found: Sequence[Any]) -> Finding:
    """Which alarms are in ALARM, and since when."""
    firing = [alarm for alarm in found if alarm["StateValue"] == "ALARM"]
    if not firing:
        return ok(f"none of {len(found)} is in ALARM")
    named = ", ".join(f"{alarm['AlarmName']} since {alarm['StateUpdatedTimestamp']:%Y-%m-%d %H:%M}" for alarm in firing)
    return failed(named, "What each means and what to do: docs/alarms.md.")
