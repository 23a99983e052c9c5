"""One command in an ECS task of its own, with the daemon's image, secrets, network and role; its output as it comes."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ops.aws.ecs import active_services, described, short
from ops.console.errors import CommandLineError, Interrupted, RefusedError, RunFailedError
from ops.console.finding import DEPLOY

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import ContainerDefinitionOutputTypeDef, ServiceTypeDef, TaskTypeDef
    from mypy_boto3_logs import CloudWatchLogsClient

    from ops.aws.clients import Clients
    from settings.load import Settings

STARTED_BY = "asset-manager/exec"  # ECS takes letters, digits, - / and _
SECONDS_BETWEEN_POLLS = 1
# CloudWatch shows a line some time after it was written: two seconds as a rule, thirty at the most.
SECONDS_FOR_LAST_LINES = 2
SECONDS_FOR_LATE_LINES = 30
# `dagster dev` starts a daemon too, and a shell command may hold any of these.
A_DAEMON = re.compile(r"\bdagster-daemon\s+run\b|\bdagster\s+dev\b|\bdagster\._?daemon\b")


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How the task ended; `exit_code` is None where its command never started."""

    task_arn: str
    exit_code: int | None
    reason: str


def run_one_off(
    clients: Clients,
    settings: Settings,
    command: Sequence[str],
    report: Callable[[str], None],
    *,
    timeout_seconds: float = math.inf,
    is_whole: Callable[[], bool] = lambda: True,
) -> Ended:
    """Run the command to its end and report each line of its output; an interrupt or the timeout stops the task.

    After an end with exit code 0, this waits up to SECONDS_FOR_LATE_LINES for late lines, until `is_whole()`.
    """
    refuse_a_daemon(command)
    ecs, cluster = clients.ecs, settings.existing.cluster
    service = _daemon_service(ecs, cluster, settings.names.daemon_service)
    container = _container(ecs, service)
    arn = _start(ecs, cluster, service, container["name"], command)
    output = _Output(clients.logs, container, arn)
    deadline = time.monotonic() + timeout_seconds
    try:
        while True:
            # A moment after the start, ECS may not know the task yet.
            task = next(iter(described(ecs, cluster, [arn])), None)
            output.report_new(report)
            if task and task["lastStatus"] == "STOPPED":
                break
            if time.monotonic() > deadline:
                ecs.stop_task(cluster=cluster, task=arn, reason="asset-manager: out of time")
                raise RunFailedError(
                    f"the task {arn} had not ended after {timeout_seconds:.0f} seconds, and is stopped. "
                    f"Its output is in {output.where}."
                )
            time.sleep(SECONDS_BETWEEN_POLLS)
        deadline = time.monotonic() + SECONDS_FOR_LATE_LINES
        time.sleep(SECONDS_FOR_LAST_LINES)
        output.report_new(report)
        while not is_whole() and time.monotonic() < deadline and ended(task).exit_code == 0:
            time.sleep(SECONDS_BETWEEN_POLLS)
            output.report_new(report)
    except Interrupted:
        ecs.stop_task(cluster=cluster, task=arn, reason="asset-manager: interrupted")
        raise Interrupted(f"interrupted; ECS stops the task {arn}.") from None
    return ended(task)


def refuse_a_daemon(command: Sequence[str]) -> None:
    """Raise for a command that starts a daemon: two daemons run every schedule twice (dagster#33962)."""
    if not command:
        raise CommandLineError("no command was given, such as: dagster instance info")
    if (PurePosixPath(command[0]).name == "dagster-daemon" and "run" in command) or A_DAEMON.search(" ".join(command)):
        raise RefusedError(
            f"{' '.join(command)}: a second daemon, which would run every schedule twice. The service runs the daemon: "
            "`asset-manager status` shows its heartbeats, `asset-manager logs daemon` its output."
        )


def ended(task: TaskTypeDef) -> Ended:
    """How a stopped task ended; the reason joins the task's own and its container's."""
    (container,) = task["containers"]
    reasons = dict.fromkeys([task.get("stoppedReason", ""), container.get("reason", "")])
    return Ended(task_arn=task["taskArn"], exit_code=container.get("exitCode"), reason="; ".join(filter(None, reasons)))


def _daemon_service(ecs: ECSClient, cluster: str, name: str) -> ServiceTypeDef:
    found = active_services(ecs, cluster, [name])
    if not found:
        raise RefusedError(
            f"there is no service {name} in the cluster {cluster}, and the command needs its task definition. {DEPLOY}"
        )
    return found[0]


def _container(ecs: ECSClient, service: ServiceTypeDef) -> ContainerDefinitionOutputTypeDef:
    definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    (container,) = definition["containerDefinitions"]
    return container


def _start(ecs: ECSClient, cluster: str, service: ServiceTypeDef, container: str, command: Sequence[str]) -> str:
    """Start a task of the service's definition, and return its ARN.

    The definition's health check reads the daemon's heartbeats. It has no effect here: ECS leaves a task that belongs
    to no service running whatever its health.
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
    """
    network = service["networkConfiguration"]["awsvpcConfiguration"]
    try:
        answer = ecs.run_task(
            cluster=cluster,
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
    """The lines that the task's container writes to CloudWatch; each is reported once."""

    def __init__(self, logs: CloudWatchLogsClient, container: ContainerDefinitionOutputTypeDef, task_arn: str) -> None:
        options = container["logConfiguration"]["options"]
        self._logs = logs
        self._group = options["awslogs-group"]
        self._stream = f"{options['awslogs-stream-prefix']}/{container['name']}/{short(task_arn)}"
        self._token = ""

    @property
    def where(self) -> str:
        return f"{self._group}, {self._stream}"

    def report_new(self, report: Callable[[str], None]) -> None:
        """Report every line since the last call."""
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
                report(event["message"].rstrip("\n"))
            if page["nextForwardToken"] == self._token:
                return
            self._token = page["nextForwardToken"]
