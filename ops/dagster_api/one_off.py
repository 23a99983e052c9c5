"""The transport behind sign-in: a task inside the VPC asks (docs/decisions/0011-behind-sign-in-a-task-asks.md)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ops.aws.probe import ProbeError, run_script
from ops.console.errors import OperatorError
from ops.dagster_api.transport import Answer, NoAnswerError

if TYPE_CHECKING:
    from ops.aws.clients import Clients
    from settings.load import Settings

SCRIPT = Path(__file__).with_name("one_off_script.py")


class OneOffTask:
    """A task of the daemon's definition asks a web task at the address to which the load balancer forwards."""

    url = "the web task"

    def __init__(self, clients: Clients, settings: Settings) -> None:
        self._clients, self._settings = clients, settings

    def send(self, path: str, body: str | None) -> Answer:
        """GET the path, or POST the body to it; takes a minute on Fargate."""
        url = f"http://{self._web_task()}{path}"
        try:
            found = run_script(self._clients, self._settings, SCRIPT, url, *([body] if body else []))
        except (OperatorError, ProbeError) as error:
            raise NoAnswerError(f"{url} cannot be asked from within: {error}") from error
        if "error" in found:
            raise NoAnswerError(f"{url} does not answer from within: {found['error']}")
        return Answer(status=found["status"], location="", body=found["body"])

    def _web_task(self) -> str:
        """Address and port of a healthy web task."""
        elbv2 = self._clients.elbv2
        (group,) = elbv2.describe_target_groups(Names=[self._settings.names.target_group])["TargetGroups"]
        found = elbv2.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
        for each in found:
            if each["TargetHealth"]["State"] == "healthy":
                return f"{each['Target']['Id']}:{each['Target']['Port']}"
        raise NoAnswerError("no web task is healthy, so none can be asked from within: see `target health`")
