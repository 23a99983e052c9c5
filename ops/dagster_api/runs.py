"""One run of Dagster, over GraphQL: launch it, follow it to its end, find out why it failed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ops.dagster_api.transport import NoAnswerError
from ops.dagster_api.web import JSON, Web

SECONDS_BETWEEN_POLLS = 2
SECONDS_BETWEEN_REPORTS = 30
LONGEST_PROBLEM = 800  # characters; ECS names a missing secret after two ARNs
ENDED = ("SUCCESS", "FAILURE", "CANCELED")
TASK_TAG = "ecs/task_arn"  # the launcher writes it
PARTITION_TAG = "dagster/partition"

LAUNCH = """mutation($run: ExecutionParams!) { launchRun(executionParams: $run) { __typename
  ... on LaunchRunSuccess { run { runId } }
  ... on RunConfigValidationInvalid { errors { message } }
  ... on Error { message } } }"""
STATUS = """query($id: ID!) { runOrError(runId: $id) { __typename
  ... on Run { status tags { key value } }
  ... on Error { message } } }"""
AHEAD = """query($tags: [ExecutionTag!]) {
  runsOrError(filter: {tags: $tags, statuses: [STARTING, STARTED, CANCELING]}) {
    ... on Runs { results { runId } } } }"""
EVENTS = """query($id: ID!) { logsForRun(runId: $id) { __typename
  ... on EventConnection { events { __typename
    ... on ExecutionStepFailureEvent { stepKey error { message errorChain { error { message } } } }
    ... on RunFailureEvent { message error { message } }
    ... on EngineEvent { message engineError: error { message } }
    ... on MaterializationEvent { assetKey { path } metadataEntries { label
      ... on IntMetadataEntry { intValue }
      ... on TextMetadataEntry { text } } } } } } }"""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The last known state of a run; `seconds` is how long it was followed."""

    status: str
    tags: Mapping[str, str]
    seconds: float


def launch(web: Web, selector: JSON, tags: Mapping[str, str]) -> str:
    """Put a run of the selected job into the queue, and return its id."""
    metadata = {"tags": [{"key": key, "value": value} for key, value in tags.items()]}
    execution = {"selector": selector, "runConfigData": {}, "executionMetadata": metadata}
    answer: JSON = web.query(LAUNCH, {"run": execution})["launchRun"]
    if answer["__typename"] != "LaunchRunSuccess":
        said = answer.get("message") or "; ".join(error["message"] for error in answer.get("errors", []))
        of = f" of {tags[PARTITION_TAG]}" if PARTITION_TAG in tags else ""
        raise NoAnswerError(f"Dagster launches no run{of}: {answer['__typename']}: {said}")
    return str(answer["run"]["runId"])


def follow(web: Web, id_: str, timeout_seconds: float, report: Callable[[str], None]) -> Seen:
    """Wait until the run has ended or time is up; report its status at each change, and every 30 seconds."""
    begun = spoken = time.monotonic()
    printed = ""
    while True:
        run: JSON = web.query(STATUS, {"id": id_})["runOrError"]
        if run["__typename"] != "Run":
            raise NoAnswerError(f"the run {id_} is gone: {run.get('message')}")
        now = time.monotonic()
        tags = {tag["key"]: tag["value"] for tag in run["tags"]}
        if run["status"] != printed or now - spoken > SECONDS_BETWEEN_REPORTS:
            why = _ahead(web, tags) if run["status"] == printed == "QUEUED" else ""
            printed, spoken = run["status"], now
            report(f"run {id_}: {printed} after {now - begun:.0f} s{why}")
        if printed in ENDED or now - begun > timeout_seconds:
            return Seen(status=printed, tags=tags, seconds=now - begun)
        time.sleep(SECONDS_BETWEEN_POLLS)


def _ahead(web: Web, tags: Mapping[str, str]) -> str:
    """The run that a queued run waits for, because it is of the same partition."""
    if PARTITION_TAG not in tags:
        return ""
    partition = {"key": PARTITION_TAG, "value": tags[PARTITION_TAG]}
    ahead: list[JSON] = web.query(AHEAD, {"tags": [partition]})["runsOrError"].get("results", [])
    return f"; it starts when run {ahead[0]['runId']} of the same partition has ended" if ahead else ""


def events(web: Web, id_: str) -> list[JSON]:
    """The run's events: failures and materializations."""
    found: list[JSON] = web.query(EVENTS, {"id": id_})["logsForRun"].get("events", [])
    return found


def problem(said: list[dict[str, Any]]) -> str:
    """Why a run failed, in one line; a step's error says more than the run's, which only repeats that there was one."""
    kinds = ("ExecutionStepFailureEvent", "RunFailureEvent", "EngineEvent")
    for kind in kinds:
        for event in reversed(said):
            error = event.get("engineError" if kind == "EngineEvent" else "error") or {}
            why = error.get("message") or (event.get("message") if kind == "RunFailureEvent" else "")
            if event["__typename"] == kind and why:
                step = f"{event['stepKey']}: " if event.get("stepKey") else ""
                return (step + " ".join(_chained(str(why), error).split()))[:LONGEST_PROBLEM]
    return ""


def _chained(why: str, error: JSON) -> str:
    """Dagster's own error names the place; the last one of its chain is what user code, or AWS, raised."""
    chain = [why, *(str(link["error"]["message"]) for link in error.get("errorChain") or [])]
    return ": ".join(dict.fromkeys(message.strip(" :\n") for message in (chain[0], chain[-1])))
