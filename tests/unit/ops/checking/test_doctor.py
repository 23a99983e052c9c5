"""What is trouble and what is not, and what the doctor says of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from ops.aws.stopped import cause
from ops.checking.causes.logs import judge_retention
from ops.checking.causes.parameters import judge_fresh, judge_injected, judge_versions
from ops.checking.causes.runs import judge_failed
from ops.checking.causes.tasks import judge_events, judge_stopped

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import TaskTypeDef

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PULL = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
SCALED = "Scaling activity initiated by (deployment ecs-svc/1)"


def task(code: str, reason: str, exit_code: int | None = None, container: str = "", **more: Any) -> TaskTypeDef:
    described: dict[str, Any] = {"reason": container} if container else {}
    described |= {} if exit_code is None else {"exitCode": exit_code}
    made = {"stopCode": code, "stoppedReason": reason, "containers": [described], "createdAt": NOON}
    return cast("TaskTypeDef", made | {"taskArn": "arn:aws:ecs:r:1:task/cluster/0123456789", "stoppedAt": NOON} | more)


EXITED = ("EssentialContainerExited", "Essential container in task exited")
NOT_STARTED = "TaskFailedToStart"
BY_ECS = "ServiceSchedulerInitiated"


@pytest.mark.parametrize(
    ("stopped", "what", "is_trouble"),
    [
        (
            task(NOT_STARTED, f"{PULL}unable to retrieve secrets from ssm: invalid ssm parameters: /a/B"),
            "missing",
            True,
        ),
        (task(NOT_STARTED, f"{PULL}unable to retrieve secrets from ssm: context deadline exceeded"), "SSM gave", True),
        (task(NOT_STARTED, f"{PULL}unable to retrieve ecr registry auth: retried 3 time(s)"), "login", True),
        (
            task(
                NOT_STARTED,
                "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
                "ResourceNotFoundException: The specified log group does not exist.",
            ),
            "log group is missing",
            True,
        ),
        (task(NOT_STARTED, "ResourceInitializationError: failed to configure ENI"), "could not be set up", True),
        (task(NOT_STARTED, "CannotPullContainerError: manifest unknown"), "image could not be pulled", True),
        (task(NOT_STARTED, "Timeout waiting for network interface provisioning to complete."), "not be started", True),
        (task(NOT_STARTED, "CannotStartContainerError: no such file"), "could not be started", True),
        (
            task(*EXITED, 137, "OutOfMemoryError: Container killed due to memory usage"),
            "out of memory",
            True,
        ),
        (task(*EXITED, 137), "killed (exit code 137)", True),
        (task(*EXITED, 1), "it ended by itself (exit code 1)", True),
        (task(*EXITED, 0), "it ended by itself (exit code 0)", True),
        (task(BY_ECS, "Task failed ELB health checks in (target-group arn)", 0), "load balancer", True),
        (task(BY_ECS, "Task failed container health checks", 137), "own health check failed", True),
        (task(BY_ECS, SCALED, 143), "deployed or scaled", False),
        (task(BY_ECS, SCALED, 137), "deployed or scaled", False),
        (task("UserInitiated", "Task stopped by user", 137), "somebody stopped it", False),
        (task("SpotInterruption", "Your Spot Task was interrupted.", 143), "Spot took it back", False),
        (task("TerminationNotice", "ECS is performing maintenance on the underlying infrastructure"), "host", False),
    ],
)
def test_why_a_task_stopped(stopped: TaskTypeDef, what: str, is_trouble: bool) -> None:
    found = cause(stopped)
    assert what in found.what
    assert found.is_trouble is is_trouble
    assert found.next or not is_trouble


def test_a_run_may_end_by_itself_and_only_with_0() -> None:
    assert not cause(task(*EXITED, 0), ends=True).is_trouble
    assert cause(task(*EXITED, 1), ends=True).is_trouble


def test_stopped_tasks_are_given_a_cause_once_the_newest_first_and_no_older_than_asked() -> None:
    early, late = NOON - timedelta(minutes=20), NOON - timedelta(minutes=5)
    found = judge_stopped(
        [
            task(*EXITED, 1, stoppedAt=early),
            task(*EXITED, 1, stoppedAt=NOON - timedelta(days=1)),
            task(*EXITED, 137, stoppedAt=NOON),
            task(*EXITED, 1, stoppedAt=late),
            task(BY_ECS, SCALED, 143, stoppedAt=NOON),
        ],
        NOON - timedelta(hours=1),
        ends=False,
    )
    assert found.status == "failed"
    assert found.why == (
        "1 of 4: killed (exit code 137) (the last, 01234567 at 12:00:00 UTC: EssentialContainerExited Essential "
        "container in task exited); 2 of 4: it ended by itself (exit code 1) (the last, 01234567 at 11:55:00 UTC: "
        "EssentialContainerExited Essential container in task exited)"
    )
    assert found.next.startswith("Killed and not by ECS")


def test_a_deployment_alone_is_no_trouble() -> None:
    found = judge_stopped([task(BY_ECS, SCALED, 143)], NOON - timedelta(hours=1), ends=False)
    assert (found.status, found.why) == ("ok", "1 stopped, none of them in trouble")


@pytest.mark.parametrize(
    ("message", "status"),
    [
        ("(service web) was unable to place a task. Reason: Capacity is unavailable at this time.", "failed"),
        ("(service web) (deployment ecs-svc/1) deployment failed: tasks failed to start.", "failed"),
        ("(service web) failed to launch a task with (error ECS was unable to assume the role).", "failed"),
        ("(service web) is unable to consistently start tasks successfully.", "failed"),
        ("(service web) (deployment ecs-svc/1) deployment completed.", "ok"),
        ("(service web) has reached a steady state.", "ok"),
    ],
)
def test_events_that_complain(message: str, status: str) -> None:
    since = NOON - timedelta(hours=1)
    assert judge_events([{"id": "1", "message": message, "createdAt": NOON}], since).status == status
    assert judge_events([{"id": "1", "message": message, "createdAt": NOON - timedelta(days=1)}], since).status == "ok"


def test_failed_runs_are_counted_without_those_that_succeeded_again() -> None:
    lost = {"runId": "4e6b", "jobName": "day_job", "tags": []}
    assert judge_failed([], 2, "").why == "none failed; 2 more succeeded when run again"
    found = judge_failed([lost, lost], 1, "step: boom")
    assert found.why == "2 failed; 1 more succeeded when run again; the last, 4e6b of day_job: step: boom"
    assert found.next == "The whole of it: asset-manager logs run 4e6b, or the UI (Runs)."
    assert judge_failed([lost], 0, "").why == "1 failed; the last, 4e6b of day_job: its events do not say why"
    assert judge_failed([lost] * 100, 0, "").why.startswith("100 or more failed")


def test_a_parameter_that_is_injected_and_not_there_is_named_with_its_owner() -> None:
    wanted = {"/a/HOST": ["web", "run"], "/a/PORT": ["web"]}
    assert judge_injected(wanted, {"/a/HOST": NOON, "/a/PORT": NOON}, ["HOST"]).why == "all 2 are in SSM"
    found = judge_injected(wanted, {"/a/PORT": NOON}, ["PORT"])
    assert (found.status, found.why) == ("failed", "SSM has no /a/HOST, injected into web, run")
    assert "TF_VAR" not in found.next
    found = judge_injected(wanted, {"/a/PORT": NOON}, ["HOST"])
    assert "A secret has to be given again: export its value as TF_VAR_host. Deploy again" in found.next


@pytest.mark.parametrize(
    ("label", "why"),
    [
        ("auth0=1,pg=2", "AUTH0 1, PG 2"),
        ("auth0=1,pg=1", "web has version 1 of PG, and the environment file says 2"),
        ("auth0=1", "web has version none of PG, and the environment file says 2"),
    ],
)
def test_the_versions_of_secrets(label: str, why: str) -> None:
    assert judge_versions({"auth0": "1", "pg": "2"}, {"web": label}).why == why


def test_a_parameter_written_after_the_task_began_is_not_what_the_task_has() -> None:
    started = {"asset-manager-web": NOON, "asset-manager-daemon": NOON + timedelta(minutes=2)}
    before, after = NOON - timedelta(minutes=1), NOON + timedelta(minutes=1)
    assert judge_fresh({"/a/HOST": before}, started, "cluster").status == "ok"
    found = judge_fresh({"/a/HOST": before, "/a/PORT": after}, started, "cluster")
    assert found.why == "asset-manager-web started before PORT was written: it goes on with the old value"
    assert "--cluster cluster --force-new-deployment --service asset-manager-web" in found.next
    assert judge_fresh({"/a/HOST": after}, {}, "cluster").status == "ok"


@pytest.mark.parametrize(
    ("kept", "why"),
    [
        (30, "keeps 30 days"),
        (7, "it keeps lines 7 days, and log_retention_days is 30"),
        (None, "it keeps lines for ever, and log_retention_days is 30"),
    ],
)
def test_how_long_a_log_group_keeps_lines(kept: int | None, why: str) -> None:
    assert judge_retention(kept, 30).why == why
