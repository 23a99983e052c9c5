"""`asset-manager logs`: the log lines of web, daemon or one run, from CloudWatch; --follow waits for more."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

from ops.aws.account import check_credentials
from ops.aws.ecs import short
from ops.console.errors import CommandLineError, Interrupted, OperatorError
from ops.dagster_api.deployment import Deployment
from ops.dagster_api.runs import STATUS, TASK_TAG
from ops.dagster_api.web import no_answer_is_an_error
from settings.load import load

SECONDS_BETWEEN_POLLS = 2.0
SECONDS_OF_OVERLAP = 30  # CloudWatch shows a line late, and out of order
RUN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def logs(environment: str, of: str, run_id: str | None, *, minutes: int, follow: bool, url: str | None) -> None:
    """Print the lines, oldest first, to the last one or until Ctrl-C."""
    if of not in {"web", "daemon", "run"}:
        raise CommandLineError(f"there are no logs of {of}: name web, daemon, or run with a run's id.")
    settings = load(environment)
    deployment, names = Deployment.of_environment(settings, url), settings.names
    check_credentials(deployment, settings)
    if of == "run":
        with no_answer_is_an_error(environment):
            group, stream = names.run_log_group, _stream_of(deployment, run_id)
    elif run_id is not None:
        raise CommandLineError(f"a run's id goes with `run`: asset-manager logs run {run_id}")
    else:
        group, stream = (names.web_log_group if of == "web" else names.daemon_log_group), None
    since = 0.0 if of == "run" else time.time() - minutes * 60
    try:
        for line in _lines(deployment, group, stream, since, follow=follow):
            print(line, flush=True)
    except Interrupted:
        if not follow:  # Ctrl-C is the way to end --follow
            raise


def _stream_of(deployment: Deployment, run_id: str | None) -> str:
    """The log stream of a run's task; the run's tags name the task."""
    if run_id is None or not RUN_ID.fullmatch(run_id):
        raise CommandLineError(f"logs run needs a run's id, as the UI shows it, and was given {run_id or 'none'}.")
    run = deployment.web.query(STATUS, {"id": run_id})["runOrError"]
    if run["__typename"] != "Run":
        raise CommandLineError(f"Dagster knows no run {run_id}.")
    tags = {tag["key"]: tag["value"] for tag in run["tags"]}
    if TASK_TAG not in tags:
        raise OperatorError(f"the run {run_id} is {run['status']} and has no task: it was not launched.")
    task = short(tags[TASK_TAG])
    return f"ecs/{deployment.settings.names.run_container}/{task}"


def _lines(deployment: Deployment, group: str, stream: str | None, since: float, *, follow: bool) -> Iterator[str]:
    """Each line once, by its id in CloudWatch."""
    seen: set[str] = set()
    while True:
        asked = {"logGroupName": group, "startTime": int(max(since, 0) * 1000)}
        if stream:
            asked["logStreamNames"] = [stream]
        newest = since
        try:
            for page in deployment.logs.get_paginator("filter_log_events").paginate(**asked):  # type: ignore[arg-type]
                for event in page["events"]:
                    if event["eventId"] not in seen:
                        seen.add(event["eventId"])
                        newest = max(newest, event["timestamp"] / 1000)
                        yield event["message"].rstrip("\n")
        except deployment.logs.exceptions.ResourceNotFoundException as error:
            # A run's stream comes with its container, half a minute after the task on Fargate.
            if not stream:
                raise OperatorError(f"there is no log group {group}.") from error
            if not follow:
                raise OperatorError(
                    f"{group} has no {stream}: nothing is printed yet. --follow waits for it."
                ) from error
        if not follow:
            return
        since = max(since, newest - SECONDS_OF_OVERLAP)
        time.sleep(SECONDS_BETWEEN_POLLS)
