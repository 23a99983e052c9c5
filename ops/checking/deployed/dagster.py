"""Dagster, over GraphQL: the code location, its schedules and sensors, and the daemon."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ops.aws.ecs import tasks_of_service
from ops.console.finding import Finding, failed, ok
from ops.dagster_api.web import JSON, Web

if TYPE_CHECKING:
    from ops.dagster_api.deployment import Deployment

OUR_CODE_LOCATION = "asset_manager.definitions"
ASSETS = ("metric_semantic_values", "snowflake_metric_cache")
SCHEDULES = ("daily_snowflake_cache_schedule", "weekly_snowflake_cache_schedule", "monthly_snowflake_cache_schedule")
SENSORS = ("partition_sync_sensor",)
# Written every 30 s, but not while a loop waits for a tick, which may take DAGSTER_SENSOR_GRPC_TIMEOUT_SECONDS (300).
# Dagster itself takes a heartbeat for fresh for 1,800 s.
FRESH_SECONDS = 330

WORKSPACE = """{ workspaceOrError { __typename
  ... on PythonError { message }
  ... on Workspace { locationEntries { name loadStatus locationOrLoadError { __typename
    ... on PythonError { message }
    ... on RepositoryLocation { repositories { name
      assetNodes { assetKey { path } }
      schedules { name scheduleState { status } }
      sensors { name sensorState { status } } } } } } } } }"""
DAEMONS = """{ instance { daemonHealth { allDaemonStatuses {
  daemonType required healthy lastHeartbeatTime lastHeartbeatErrors { message } } } } }"""


def locations(web: Web) -> list[JSON]:
    """Every code location, loaded or not."""
    workspace: JSON = web.query(WORKSPACE)["workspaceOrError"]
    if workspace["__typename"] != "Workspace":
        return [{"name": "workspace", "loadStatus": "LOADED", "locationOrLoadError": workspace}]
    entries: list[JSON] = workspace["locationEntries"]
    return entries


def repositories(entries: Sequence[JSON]) -> list[JSON]:
    """The repositories of the loaded locations, each with its location's name as `location`."""
    return [
        {**repository, "location": entry["name"]}
        for entry in entries
        for repository in (entry["locationOrLoadError"] or {}).get("repositories", [])
    ]


def judge_locations(entries: Sequence[JSON], log_group: str) -> Finding:
    """There is at least one code location, and each loaded without an error."""
    if not entries:
        return failed(
            "the web server knows of no code location", "workspace.yaml names none: see dagster/workspace.yaml."
        )
    for entry in entries:
        found = entry["locationOrLoadError"]
        if entry["loadStatus"] == "LOADING" or found is None:
            return failed(f"{entry['name']} is being loaded", "Look again in a minute.")
        if found["__typename"] != "RepositoryLocation":
            return failed(
                f"{entry['name']} could not be loaded: {_cause(found)}",
                "Fix the code or the image; code_location names the module. The whole traceback is "
                f"in the log group {log_group}.",
            )
    return ok(", ".join(f"{entry['name']} is loaded" for entry in entries))


def _cause(error: JSON) -> str:
    """The innermost line of a Dagster error, which names the cause."""
    lines = [
        line.strip() for line in str(error.get("message") or error.get("__typename", "")).splitlines() if line.strip()
    ]
    return lines[-1][:300] if lines else "without a message"


def judge_visible(kind: str, wanted: Sequence[str], found: Sequence[str]) -> Finding:
    """Everything wanted is among what was found."""
    missing = [name for name in wanted if name not in found]
    if missing:
        return failed(
            f"{kind} not there: {', '.join(missing)}; there are: {', '.join(sorted(found)) or 'none'}",
            "The image holds other code than this working copy: build and release it (image_tag), see `code location`.",
        )
    return ok(f"{len(found)} {kind}: {', '.join(sorted(found))}")


def assets(entries: Sequence[JSON]) -> Finding:
    """The assets are visible."""
    found = ["/".join(node["assetKey"]["path"]) for each in repositories(entries) for node in each["assetNodes"]]
    return judge_visible("assets", ASSETS, found)


def schedules_and_sensors(entries: Sequence[JSON]) -> Finding:
    """The schedules and sensors are visible, running or not."""
    return judge_visible("schedules and sensors", [*SCHEDULES, *SENSORS], list(statuses(entries)))


def statuses(entries: Sequence[JSON]) -> dict[str, str]:
    found: dict[str, str] = {}
    for repository in repositories(entries):
        found |= {each["name"]: each["scheduleState"]["status"] for each in repository["schedules"]}
        found |= {each["name"]: each["sensorState"]["status"] for each in repository["sensors"]}
    return found


def judge_running(name: str, kind: str, found: dict[str, str]) -> Finding:
    """The schedule or sensor is RUNNING."""
    if name not in found:
        return failed(f"there is no {kind} {name}", "See `schedules and sensors`.")
    if found[name] != "RUNNING":
        return failed(
            f"it is {found[name]}, and RUNNING is expected",
            f"Somebody switched the {kind} off: switch it on in the UI (Automation).",
        )
    return ok("RUNNING")


def heartbeats(deployment: Deployment, web: Web) -> Finding:
    """Every required daemon has a recent heartbeat, and the running task wrote it."""
    cluster, service = deployment.settings.existing.cluster, deployment.settings.names.daemon_service
    tasks = tasks_of_service(deployment.ecs, cluster, service, "RUNNING")
    started = [task["startedAt"].timestamp() for task in tasks if "startedAt" in task]
    statuses: list[JSON] = web.query(DAEMONS)["instance"]["daemonHealth"]["allDaemonStatuses"]
    return judge_heartbeats(
        statuses, max(started, default=None), time.time(), deployment.settings.names.daemon_log_group
    )


def judge_heartbeats(statuses: Sequence[JSON], started: float | None, now: float, log_group: str) -> Finding:
    """`started` is when the daemon's task started; an older heartbeat is of the task before, and proves nothing."""
    ages = {each["daemonType"]: _age(each, now) for each in statuses if each["required"]}
    if started is None:
        youngest = min((age for age in ages.values() if age is not None), default=None)
        last = "none was ever written" if youngest is None else f"the last heartbeat is {youngest:.0f} s old"
        return failed(f"no daemon task is running; {last}", "See the daemon's service and tasks above: start it.")
    problems = [] if ages else ["the instance requires no daemon at all"]
    for each in statuses:
        name = each["daemonType"]
        age = ages.get(name)
        if not each["required"]:
            continue
        if age is None:
            problems.append(f"{name} has never reported")
        elif age > now - started:
            problems.append(f"{name} has not reported since the daemon's task started {now - started:.0f} s ago")
        elif age > FRESH_SECONDS:
            problems.append(f"{name} reported last {age:.0f} s ago")
        elif not each["healthy"]:
            errors: list[Any] = each["lastHeartbeatErrors"]
            problems.append(f"{name} reports: {_cause(errors[0]) if errors else 'not healthy'}")
    if problems:
        return failed(
            "; ".join(problems), f"Just started? Look again in a minute. Else read the daemon's log: {log_group}."
        )
    oldest = max((age for age in ages.values() if age is not None), default=0.0)
    return ok(f"{len(ages)} daemons, the oldest heartbeat {oldest:.0f} s old")


def _age(status: JSON, now: float) -> float | None:
    heartbeat = status["lastHeartbeatTime"]
    return None if heartbeat is None else max(now - float(heartbeat), 0.0)
