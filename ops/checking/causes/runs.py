"""Failed runs, as Dagster reports them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ops.aws.ecs import short
from ops.checking.deployed.ecs import newest_revision
from ops.checking.deployed.evidence import lines
from ops.console.finding import CannotLookError, Finding, failed, ok
from ops.dagster_api.deployment import Deployment
from ops.dagster_api.runs import TASK_TAG, events, problem
from ops.dagster_api.web import JSON

MOST = 100
# Dagster's tag on a failed run that it retried.
AGAIN = "dagster/auto_retry_run_id"
FAILED = """query($since: Float!, $most: Int!) {
  runsOrError(filter: {statuses: [FAILURE], createdAfter: $since}, limit: $most) {
    ... on Runs { results { runId jobName tags { key value } } } } }"""
SUCCEEDED = """query($ids: [String]) { runsOrError(filter: {runIds: $ids, statuses: [SUCCESS]}) {
    ... on Runs { results { runId } } } }"""
ENDED = """query($since: Float!) {
  runsOrError(filter: {statuses: [SUCCESS, FAILURE], createdAfter: $since}, limit: 20) {
    ... on Runs { results { runId tags { key value } } } } }"""


def failed_runs(deployment: Deployment, since: datetime) -> Finding:
    """The runs since then that failed, and did not succeed when they were retried."""
    web = deployment.web
    found: list[JSON] = web.query(FAILED, {"since": since.timestamp(), "most": MOST})["runsOrError"]["results"]
    again = [id_ for run in found if (id_ := _tags(run).get(AGAIN))]
    retried = (
        {run["runId"] for run in web.query(SUCCEEDED, {"ids": again})["runsOrError"]["results"]} if again else set()
    )
    lost = [run for run in found if _tags(run).get(AGAIN) not in retried]
    why = problem(events(web, lost[0]["runId"])) if lost else ""
    return judge_failed(lost, len(found) - len(lost), why)


def judge_failed(lost: Sequence[JSON], retried: int, why: str) -> Finding:
    """How many runs failed, and why the last one did; `lost` has the newest first."""
    others = f"; {retried} more succeeded when run again" if retried else ""
    if not lost:
        return ok(f"none failed{others}")
    last = lost[0]
    count = f"{len(lost)}{' or more' * (len(lost) + retried >= MOST)} failed{others}"
    return failed(
        f"{count}; the last, {last['runId']} of {last['jobName']}: {why or 'its events do not say why'}",
        f"The whole of it: asset-manager logs run {last['runId']}, or the UI (Runs).",
    )


def last_runs_log(deployment: Deployment, since: datetime) -> Finding:
    """The last run that had a task, and has ended, left lines in the task's log stream."""
    found: list[JSON] = deployment.web.query(ENDED, {"since": since.timestamp()})["runsOrError"]["results"]
    task = next((arn for run in found if (arn := _tags(run).get(TASK_TAG))), None)
    if task is None:
        raise CannotLookError("no run that had a task has ended since its log would be kept", "")
    names = deployment.settings.names
    return lines(deployment, newest_revision(deployment, names.run_family), names.run_container, short(task))


def _tags(run: JSON) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in run["tags"]}
