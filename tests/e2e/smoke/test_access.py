"""Least privilege, by what was really called: each call of a task is allowed, and nothing is allowed for nothing.

It looks back on every call that web, daemon, launcher and run workers made since the local AWS is up.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest

from ops.checking.deployed.run import materialize
from tests.support.authorization import Grant, allowing, granted, needs
from tests.support.crashes import Killed, eventually, web
from tests.support.deployed import Deployed

ACCOUNT, TASK_ROLE, RUN_ROLE = "us-west-1:111122223333", "fulcrum-ecs-task-role", "asset-manager-run"
EXECUTION_ROLE = "fulcrum-ecs-execution-role"
WEB, DAEMON, RUN = "asset_manager-web-task", "asset_manager-daemon-task", "asset-manager-run"

LOGS = """query($key: [String!]!) { capturedLogs(logKey: $key) { stdout stderr } }"""
KEY = """query($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events {
  ... on LogsCapturedEvent { fileKey } } } } }"""
TERMINATE = """mutation($id: String!) { terminateRun(runId: $id, terminatePolicy: SAFE_TERMINATE) { __typename } }"""
RUN_STATUS = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"

# Allowed and not called in any of these tests, each for its reason.
UNCALLED = {
    Grant(TASK_ROLE, "KeepComputeLogs", "s3:AbortMultipartUpload"): "the end of an upload over 8 MB that broke off",
    Grant(RUN_ROLE, "KeepValues", "s3:AbortMultipartUpload"): "the end of an upload over 8 MB that broke off",
    Grant(RUN_ROLE, "WriteComputeLogs", "s3:AbortMultipartUpload"): "the end of an upload over 8 MB that broke off",
}
# What ECS does in the execution role's name. The local ECS pulls no image, and does the rest within the emulator, where
# no call is recorded: which parameters it is, tests/synth/test_services.py holds
# against the task definitions.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
OF_ECS_ITSELF = {
    "ecr:GetAuthorizationToken": "to the registry",
    "ecr:BatchCheckLayerAvailability": "the image",
    "ecr:BatchGetImage": "the image",
    "ecr:GetDownloadUrlForLayer": "the image",
    "logs:CreateLogStream": "a task's output",
    "logs:PutLogEvents": "a task's output",
    "ssm:GetParameters": "what is injected",
}


def recorded(deployed: Deployed) -> list[dict[str, Any]]:
    """The calls of the deployment's tasks."""
    return deployed.tree.access()["calls"]


def policies(deployed: Deployed, role: str) -> list[Any]:
    """What IAM has of a role, as the stacks made it."""
    names = deployed.iam.list_role_policies(RoleName=role)["PolicyNames"]
    found = [deployed.iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]
    return [json.loads(document) if isinstance(document, str) else document for document in found]


@pytest.fixture(scope="module")
def calls(deployed: Deployed, killed: Killed) -> list[dict[str, Any]]:
    """Those so far, after the doctor's, a run whose logs were read, one terminated, and one whose worker was killed."""
    killed.first()  # the launcher reads the end of its log
    # It alone lists compute logs. Dagster needs the right all the same: without it S3 calls a missing log forbidden.
    asked = deployed.tree.asset_manager("doctor", environ=deployed.environ)
    assert re.search(r"^ok +S3 ", asked.stdout, re.MULTILINE), asked.stdout + asked.stderr
    ran = materialize(web(deployed), lambda _: None)
    assert ran.status == "SUCCESS"
    events = web(deployed).query(KEY, {"id": ran.id})["logsForRun"]["events"]
    (key,) = [event["fileKey"] for event in events if event.get("fileKey")]
    shown = web(deployed).query(LOGS, {"key": [ran.id, "compute_logs", key]})["capturedLogs"]
    assert shown["stderr"], "the web server shows what the run printed"
    terminate_one(deployed)
    return recorded(deployed)


def terminate_one(deployed: Deployed) -> None:
    """By the UI's button, while its worker works."""
    told: list[str] = []

    def stop(said: str) -> None:
        told.append(said)
        if "STARTED" in said:
            id_ = said.split()[1].rstrip(":")
            answer = web(deployed).query(TERMINATE, {"id": id_})["terminateRun"]
            assert answer["__typename"] == "TerminateRunSuccess"

    ran = materialize(web(deployed), stop)
    assert any("STARTED" in said for said in told)
    ended = eventually(
        lambda: {"CANCELED": "CANCELED"}.get(web(deployed).query(RUN_STATUS, {"id": ran.id})["runOrError"]["status"]),
        seconds=120,
    )
    assert ended == "CANCELED"


def roles_of(deployed: Deployed, definition: str) -> Sequence[str]:
    made = deployed.ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]
    return [made["executionRoleArn"], made["taskRoleArn"]]


@pytest.fixture(scope="module")
def used(deployed: Deployed, calls: list[dict[str, Any]]) -> set[Grant]:
    """By what each call is allowed; those that nothing allows are told, all at once."""
    held = {role: policies(deployed, role) for role in (TASK_ROLE, RUN_ROLE)}
    found: set[Grant] = set()
    refused: set[str] = set()
    for call in calls:
        for need in needs(call, ACCOUNT, lambda definition: roles_of(deployed, definition)):
            allowed = allowing(need, call["role"], held[call["role"]])
            found |= set(allowed)
            if not allowed:
                refused.add(f"{call['family']} as {call['role']}: {need}")
    assert not refused, "AWS would refuse:\n" + "\n".join(sorted(refused))
    return found


def test_web_daemon_and_runs_each_called_under_their_own_role(calls: list[dict[str, Any]]) -> None:
    assert {(call["family"], call["role"]) for call in calls} == {
        (WEB, TASK_ROLE),
        (DAEMON, TASK_ROLE),
        (RUN, RUN_ROLE),
    }


@pytest.mark.timeout(1500)
def test_every_call_that_was_made_is_allowed(used: set[Grant]) -> None:
    assert {grant.statement for grant in used} >= {"LaunchRuns", "PassRolesToRuns", "KeepValues", "WriteComputeLogs"}


def test_everything_allowed_was_called_or_has_its_reason(deployed: Deployed, used: set[Grant]) -> None:
    allowed = {grant for role in (TASK_ROLE, RUN_ROLE) for grant in granted(role, policies(deployed, role))}
    assert allowed - used == set(UNCALLED)


def test_the_execution_role_has_what_ecs_does_in_its_name_and_no_more(deployed: Deployed) -> None:
    allowed = {grant.action for grant in granted(EXECUTION_ROLE, policies(deployed, EXECUTION_ROLE))}
    assert allowed == set(OF_ECS_ITSELF)
