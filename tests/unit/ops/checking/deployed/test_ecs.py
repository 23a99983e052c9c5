"""Which service and which tasks are as they should be, and what is said of those that are not."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest

from ops.checking.deployed.ecs import judge_service, judge_tasks
from ops.checking.deployed.evidence import judge_task

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ServiceTypeDef, TaskTypeDef

ARN = "arn:aws:ecs:us-west-1:111122223333:task-definition"
OLD, NEW = f"{ARN}/web-task:1", f"{ARN}/web-task:2"
ROLLING_BACK = "(service web) rolling back to deployment ecs-svc/1."
DEPLOY = "Deploy again: make deploy; on the laptop make local."


def service(**changes: Any) -> "ServiceTypeDef":
    revision = changes.get("taskDefinition", NEW)
    deployment = {"taskDefinition": revision, "runningCount": 1, "rolloutState": "COMPLETED"}
    made = {
        "status": "ACTIVE",
        "desiredCount": 1,
        "taskDefinition": revision,
        "deployments": [deployment],
        "events": [],
    }
    return cast("ServiceTypeDef", made | changes)


def deployment(state: str, reason: str = "", running: int = 1) -> list[dict[str, Any]]:
    return [{"taskDefinition": NEW, "runningCount": running, "rolloutState": state, "rolloutStateReason": reason}]


def event(message: str) -> list[dict[str, str]]:
    return [{"message": message}]


def test_a_steady_service_on_the_newest_revision_is_ok() -> None:
    found = judge_service(service(), NEW, range(1, 2), "cluster")
    assert (found.status, found.why) == ("ok", "web-task:2, 1 of 1 running, completed")


@pytest.mark.parametrize(
    ("found", "why", "advice"),
    [
        (None, "there is no such service in the cluster cluster", DEPLOY),
        (
            service(desiredCount=0, deployments=deployment("COMPLETED", running=0)),
            "its desired count is 0, and the settings say 1 (web-task:2, 0 of 0 running, completed)",
            "Somebody scaled it by hand: asset-manager scale sets it back.",
        ),
        (
            service(taskDefinition=OLD),
            "it runs web-task:1, and the newest revision is web-task:2",
            f"Somebody set the service to another revision. {DEPLOY}",
        ),
        (
            service(taskDefinition=OLD, events=event(ROLLING_BACK)),
            f"it runs web-task:1, and the newest revision is web-task:2; it was rolled back: {ROLLING_BACK}",
            f"The new tasks did not stay: read their reasons and the log group, and fix that. {DEPLOY}",
        ),
        (
            service(deployments=deployment("FAILED", "tasks failed to start.", running=0)),
            "its deployment failed: tasks failed to start. (web-task:2, 0 of 1 running, failed)",
            f"Read the stopped tasks' reasons (below) and the log group. {DEPLOY}",
        ),
        (
            service(deployments=deployment("IN_PROGRESS", running=0), events=event("(service web) started 1 tasks.")),
            "it is not steady: web-task:2, 0 of 1 running, in progress; last event: (service web) started 1 tasks.",
            "A deployment takes minutes: look again. If it stays so, read the tasks' reasons and the log group.",
        ),
    ],
)
def test_a_service_that_is_not_what_was_deployed_is_reported(
    found: "ServiceTypeDef | None", why: str, advice: str
) -> None:
    judged = judge_service(found, NEW, range(1, 2), "cluster")
    assert (judged.status, judged.why, judged.next) == ("failed", why, advice)


@pytest.mark.parametrize(("count", "status"), [(0, "failed"), (1, "ok"), (3, "ok"), (4, "failed")])
def test_a_service_that_scales_may_have_as_many_as_the_settings_allow(count: int, status: str) -> None:
    found = service(desiredCount=count, deployments=deployment("COMPLETED", running=count))
    judged = judge_service(found, NEW, range(1, 4), "cluster")
    assert judged.status == status
    if status == "failed":
        assert judged.why.startswith(f"its desired count is {count}, and the settings say 1 to 3 (")


def task(status: str = "RUNNING", revision: str = NEW, **more: Any) -> "TaskTypeDef":
    made: dict[str, Any] = {
        "taskArn": "arn:aws:ecs:us-west-1:111122223333:task/cluster/0123456789abcdef",
        "containers": [],
    }
    made |= {"lastStatus": status, "taskDefinitionArn": revision, "createdAt": datetime(2026, 1, 1, tzinfo=UTC)}
    return cast("TaskTypeDef", made | more)


def stopped(reason: str, *codes: int) -> "TaskTypeDef":
    return task("STOPPED", stoppedReason=reason, containers=[{"exitCode": code} for code in codes])


SECRETS = (
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
    "unable to retrieve secrets from ssm: invalid ssm parameters: /asset-manager/SNOWFLAKE_HOST"
)


@pytest.mark.parametrize(
    ("running", "gone", "why", "advice"),
    [
        ([], [], "0 of 1 tasks", f"See the service's events. {DEPLOY}"),
        (
            [],
            [stopped(SECRETS)],
            f"0 of 1 tasks; the last one, 01234567, stopped: {SECRETS}",
            "The parameter named there is missing or not readable: make deploy.",
        ),
        (
            [],
            [stopped("Essential container in task exited", 1)],
            "0 of 1 tasks; the last one, 01234567, stopped: Essential container in task exited (exit code 1)",
            "The process ended by itself: its log group says why; database and configuration first.",
        ),
        (
            [],
            [stopped("CannotPullContainerError: manifest unknown")],
            "0 of 1 tasks; the last one, 01234567, stopped: CannotPullContainerError: manifest unknown",
            "The image is not in the repository, or the subnets have no way to it: see image_tag.",
        ),
        (
            [task("PENDING")],
            [],
            "01234567 is PENDING",
            f"A task takes a minute to start: look again. See the service's events. {DEPLOY}",
        ),
        (
            [task(revision=OLD)],
            [],
            "01234567 is of web-task:1, and the newest revision is web-task:2",
            f"If no deployment is at work: {DEPLOY}",
        ),
        (
            [task(), task()],
            [],
            "2 tasks, and 1 wanted",
            "Look again when the deployment is through. Two daemons would run every schedule twice: stop one.",
        ),
    ],
)
def test_a_missing_task_is_reported_with_the_reason_the_last_one_left(
    running: list["TaskTypeDef"], gone: list["TaskTypeDef"], why: str, advice: str
) -> None:
    judged = judge_tasks(running, gone, NEW, 1)
    assert (judged.status, judged.why, judged.next) == ("failed", why, advice)


def test_the_wanted_number_of_running_tasks_of_the_newest_revision_is_ok() -> None:
    judged = judge_tasks([task()], [stopped("Scaling activity")], NEW, 1)
    assert (judged.status, judged.why) == ("ok", "1 of 1 RUNNING, web-task:2")


def run_task(tag: str = "run-1", **more: Any) -> "TaskTypeDef":
    return task(**{"status": "STOPPED", "tags": [{"key": "dagster/run_id", "value": tag}], **more})


@pytest.mark.parametrize(
    ("found", "status", "why"),
    [
        (run_task(containers=[{"exitCode": 0}]), "ok", "0123456789abcdef of web-task:2 in cluster, STOPPED"),
        (run_task(status="RUNNING"), "ok", "0123456789abcdef of web-task:2 in cluster, RUNNING"),
        (None, "failed", "ECS knows no such task in the cluster cluster"),
        (run_task(revision=OLD), "failed", "it ran web-task:1, and the newest revision is web-task:2"),
        (run_task(tag="run-2"), "failed", "its tag dagster/run_id is run-2, and the run is run-1"),
        (
            run_task(
                containers=[{}], stopCode="TaskFailedToStart", stoppedReason="ResourceInitializationError: no secret"
            ),
            "failed",
            "it never started: ResourceInitializationError: no secret",
        ),
        (
            run_task(containers=[{"exitCode": 137}], stoppedReason="OutOfMemoryError"),
            "failed",
            "its exit code is 137: OutOfMemoryError",
        ),
    ],
)
def test_a_runs_task_is_of_the_newest_definition_and_tagged_with_the_run(
    found: "TaskTypeDef | None", status: str, why: str
) -> None:
    judged = judge_task(found, "run-1", "cluster", NEW)
    assert (judged.status, judged.why) == (status, why)
    assert bool(judged.next) is (status == "failed")
