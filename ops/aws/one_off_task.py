"""One command in an ECS task of its own, with the daemon's image, secrets, network and role: told while it goes on."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ops.checking.report import DEPLOY
from ops.console.errors import CommandLineError, Interrupted, RefusedError, RunFailedError

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ContainerDefinitionOutputTypeDef, ServiceTypeDef, TaskTypeDef

    from ops.aws.account import Deployment

STARTED_BY = "asset-manager/exec"  # ECS takes letters, digits, - / and _
SECONDS_BETWEEN_LOOKS = 1
SECONDS_FOR_LAST_LINES = 2  # CloudWatch shows a line some time after it was written,
SECONDS_FOR_LATE_LINES = 30  # as a rule soon
# `dagster dev` is a daemon too, and so is whatever a shell is told to start.
A_DAEMON = re.compile(r"\bdagster-daemon\s+run\b|\bdagster\s+dev\b|\bdagster\._?daemon\b")


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How the task ended; no exit code where its command was never begun."""

    task_arn: str
    exit_code: int | None
    reason: str


def run_one_off(
    deployment: Deployment,
    command: Sequence[str],
    tell: Callable[[str], None],
    timeout_seconds: float = math.inf,
    is_whole: Callable[[], bool] = lambda: True,
) -> Ended:
    """Run it to its end, each line of its output told as it comes; stopped when interrupted or out of time.

    `is_whole` says whether the last lines have come, for which CloudWatch is then given longer.
    """
    refuse_a_daemon(command)
    ecs, cluster = deployment.ecs, deployment.settings.existing.cluster
    service = _daemon_service(deployment)
    container = _container(deployment, service)
    arn = _start(deployment, service, container["name"], command)
    output = _Output(deployment, container, arn)
    deadline = time.monotonic() + timeout_seconds
    try:
        while True:
            # ECS may not know of it yet, a moment after it was started.
            task = next(iter(ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"]), None)
            output.tell(tell)
            if task and task["lastStatus"] == "STOPPED":
                break
            if time.monotonic() > deadline:
                ecs.stop_task(cluster=cluster, task=arn, reason="asset-manager: out of time")
                raise RunFailedError(
                    f"the task {arn} had not ended after {timeout_seconds:.0f} seconds, and is stopped. "
                    f"Its output is in {output.where}."
                )
            time.sleep(SECONDS_BETWEEN_LOOKS)
        deadline = time.monotonic() + SECONDS_FOR_LATE_LINES
        time.sleep(SECONDS_FOR_LAST_LINES)
        output.tell(tell)
        while not is_whole() and time.monotonic() < deadline:
            time.sleep(SECONDS_BETWEEN_LOOKS)
            output.tell(tell)
    except Interrupted:
        ecs.stop_task(cluster=cluster, task=arn, reason="asset-manager: interrupted")
        raise Interrupted(f"interrupted; the task {arn} is told to stop.") from None
    return ended(task)


def refuse_a_daemon(command: Sequence[str]) -> None:
    """Two daemons run every schedule twice (dagster#33962), and a task like the daemon's is soon a daemon."""
    if not command:
        raise CommandLineError("no command was given, such as: dagster instance info")
    if (PurePosixPath(command[0]).name == "dagster-daemon" and "run" in command) or A_DAEMON.search(" ".join(command)):
        raise RefusedError(
            f"{' '.join(command)}: a second daemon, which would run every schedule twice. The daemon is the service's: "
            "`asset-manager status` tells its heartbeats, `asset-manager logs daemon` what it prints."
        )


def ended(task: TaskTypeDef) -> Ended:
    """What a stopped task says of its end: why it was stopped, and what its container adds to that."""
    (container,) = task["containers"]
    reasons = [task.get("stoppedReason", ""), container.get("reason", "")]
    told = [reason for number, reason in enumerate(reasons) if reason and reason not in reasons[:number]]
    return Ended(task_arn=task["taskArn"], exit_code=container.get("exitCode"), reason="; ".join(told))


def _daemon_service(deployment: Deployment) -> ServiceTypeDef:
    cluster, name = deployment.settings.existing.cluster, deployment.settings.names.daemon_service
    try:
        found = deployment.ecs.describe_services(cluster=cluster, services=[name])["services"]
    except deployment.ecs.exceptions.ClusterNotFoundException:
        found = []
    if not found or found[0]["status"] != "ACTIVE":
        raise RefusedError(f"there is no service {name} in the cluster {cluster}, whose task this would be. {DEPLOY}")
    return found[0]


def _container(deployment: Deployment, service: ServiceTypeDef) -> ContainerDefinitionOutputTypeDef:
    definition = deployment.ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    (container,) = definition["containerDefinitions"]
    return container


def _start(deployment: Deployment, service: ServiceTypeDef, container: str, command: Sequence[str]) -> str:
    """Begin a task of the service's definition; its ARN.

    The definition's health check reads the daemon's heartbeats and has no say: a task of no service goes on whatever
    its health. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
    """
    network = service["networkConfiguration"]["awsvpcConfiguration"]
    try:
        answer = deployment.ecs.run_task(
            cluster=deployment.settings.existing.cluster,
            taskDefinition=service["taskDefinition"],
            launchType=service["launchType"],
            networkConfiguration={
                "awsvpcConfiguration": {
                    "subnets": network["subnets"],
                    "securityGroups": network["securityGroups"],
                    "assignPublicIp": network["assignPublicIp"],
                }
            },
            overrides={"containerOverrides": [{"name": container, "command": list(command)}]},
            startedBy=STARTED_BY,
        )
    except ClientError as error:
        raise RunFailedError(f"ECS starts no such task: {error.response['Error']['Message']}") from error
    if not answer["tasks"]:
        reasons = "; ".join(failure.get("reason", "no reason given") for failure in answer["failures"])
        raise RunFailedError(f"ECS started no task: {reasons}. Nothing was run; try again.")
    return answer["tasks"][0]["taskArn"]


class _Output:
    """What the task's container writes to CloudWatch: each line once."""

    def __init__(self, deployment: Deployment, container: ContainerDefinitionOutputTypeDef, task_arn: str) -> None:
        options = container["logConfiguration"]["options"]
        self._logs = deployment.logs
        self._group = options["awslogs-group"]
        self._stream = f"{options['awslogs-stream-prefix']}/{container['name']}/{task_arn.rpartition('/')[2]}"
        self._token = ""

    @property
    def where(self) -> str:
        """The log group and stream."""
        return f"{self._group}, {self._stream}"

    def tell(self, tell: Callable[[str], None]) -> None:
        """Every line since the last time."""
        while True:
            try:
                page = self._logs.get_log_events(
                    logGroupName=self._group,
                    logStreamName=self._stream,
                    startFromHead=True,
                    **({"nextToken": self._token} if self._token else {}),  # type: ignore[arg-type]
                )
            except self._logs.exceptions.ResourceNotFoundException:
                return  # the stream comes with the container
            for event in page["events"]:
                tell(event["message"].rstrip("\n"))
            if page["nextForwardToken"] == self._token:
                return
            self._token = page["nextForwardToken"]
