"""A task of one command: what is never one, and what is told of its end."""

from __future__ import annotations

import pytest

from ops.aws.one_off_task import Ended, ended, refuse_a_daemon
from ops.console.errors import OperatorError, RunFailedError
from ops.tasks.exec import exec_

ARN = "arn:aws:ecs:us-west-1:111122223333:task/asset-manager/0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    "command",
    [
        ("dagster-daemon", "run"),
        ("/usr/local/bin/dagster-daemon", "run"),
        ("sh", "-c", "cd /opt/dagster/app && dagster-daemon  run"),
        ("dagster", "dev"),
        ("python", "-m", "dagster._daemon", "run"),
    ],
)
def test_a_second_daemon_is_refused(command: tuple[str, ...]) -> None:
    with pytest.raises(OperatorError, match="a second daemon, which would run every schedule twice"):
        refuse_a_daemon(command)


def test_no_command_is_refused() -> None:
    with pytest.raises(OperatorError, match="no command was given, such as: dagster instance info"):
        refuse_a_daemon(())


@pytest.mark.parametrize("command", [("dagster", "instance", "info"), ("sh", "-c", "env | grep DAGSTER")])
def test_anything_else_may_run(command: tuple[str, ...]) -> None:
    refuse_a_daemon(command)


@pytest.mark.parametrize(
    ("task", "container", "exit_code", "reason"),
    [
        ("Essential container in task exited", {"exitCode": 3}, 3, "Essential container in task exited"),
        (
            "CannotPullContainerError: no such image",
            {"reason": "CannotPullContainerError: no such image"},
            None,
            "CannotPullContainerError: no such image",
        ),
        (
            "Essential container in task exited",
            {"exitCode": 137, "reason": "OutOfMemoryError: Container killed due to memory usage"},
            137,
            "Essential container in task exited; OutOfMemoryError: Container killed due to memory usage",
        ),
    ],
)
def test_the_end_is_reported_once(task: str, container: dict[str, object], exit_code: int | None, reason: str) -> None:
    stopped = {"taskArn": ARN, "stoppedReason": task, "containers": [container]}
    assert ended(stopped) == Ended(task_arn=ARN, exit_code=exit_code, reason=reason)  # type: ignore[arg-type]


@pytest.mark.parametrize("exit_code", [0, 3, None])
def test_exec_ends_with_the_commands_exit_code_and_says_where_there_is_none(
    exit_code: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = Ended(task_arn=ARN, exit_code=exit_code, reason="CannotPullContainerError: no such image")
    monkeypatch.setattr("ops.tasks.exec.run_one_off", lambda *_arguments: end)
    monkeypatch.setattr("ops.tasks.exec.check_credentials", lambda *_arguments: None)
    if exit_code is None:
        with pytest.raises(RunFailedError, match=r"^the command never ran: CannotPullContainerError: "):
            exec_("prod", ["true"])
    else:
        assert exec_("prod", ["true"]) == exit_code
