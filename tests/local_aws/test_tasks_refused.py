"""Tasks that never begin: refused by RunTask, or stopped before they started, in ECS's own words."""

from __future__ import annotations

from .local_ecs import ACCOUNT, REGION, LocalEcs


def test_a_missing_parameter_keeps_the_task_from_starting(local: LocalEcs) -> None:
    arn = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/tests/nowhere"
    definition = local.define("unsecret", ["true"], {"secrets": [{"name": "X", "valueFrom": arn}]})
    task = local.reaches(local.run(definition)["taskArn"], "STOPPED")
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"] == (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
        "unable to retrieve secrets from ssm: invalid ssm parameters: /tests/nowhere"
    )
    assert "startedAt" not in task
    assert "exitCode" not in task["containers"][0]


def test_a_missing_log_group_keeps_the_task_from_starting(local: LocalEcs) -> None:
    options = {"awslogs-group": "no/such", "awslogs-region": REGION, "awslogs-stream-prefix": "ecs"}
    more = {"logConfiguration": {"logDriver": "awslogs", "options": options}}
    task = local.reaches(local.run(local.define("unlogged", ["true"], more))["taskArn"], "STOPPED")
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"] == (
        "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed "
        "to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : "
        "exit status 1 (no/such)"
    )


def test_a_program_that_is_not_there_keeps_the_task_from_starting(local: LocalEcs) -> None:
    definition = local.define("programless", ["x"], {"entryPoint": ["/no/such/program"]})
    task = local.reaches(local.run(definition)["taskArn"], "STOPPED")
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"] == "CannotStartContainerError: /no/such/program: No such file or directory"
    assert task["containers"][0]["reason"] == task["stoppedReason"]
