"""The web server asked from within its VPC, by a task of its own: docs/decisions/0011-behind-sign-in-a-task-asks.md."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ops.aws.one_off_task import run_one_off
from ops.console.errors import OperatorError
from ops.dagster_api.web import Answer, NoAnswerError

if TYPE_CHECKING:
    from ops.aws.clients import Clients
    from settings.load import Settings

PROBE = Path(__file__).with_name("within_probe.py")
MARK = "within-probe:"
SECONDS_FOR_THE_TASK = 300


class Within:
    """A task of the daemon's definition asks a web task at the address to which the load balancer forwards."""

    def __init__(self, clients: Clients, settings: Settings) -> None:
        self._clients, self._settings = clients, settings

    def ask(self, path: str, body: str | None) -> Answer:
        """What it answers to a GET, or with a body to a POST; a minute on Fargate."""
        url = f"http://{self._web_task()}{path}"
        printed: list[str] = []
        command = ["python", "-c", PROBE.read_text(), url, *([body] if body else [])]
        try:
            done = run_one_off(
                self._clients,
                self._settings,
                command,
                printed.append,
                timeout_seconds=SECONDS_FOR_THE_TASK,
                is_whole=lambda: is_whole(printed),
            )
        except OperatorError as error:
            raise NoAnswerError(f"{url} cannot be asked from within: {error}") from error
        if done.exit_code != 0:
            raise NoAnswerError(
                f"{url} cannot be asked from within: its task ended with {done.exit_code}, {done.reason}"
            )
        return parse(url, printed)

    def _web_task(self) -> str:
        """Address and port of a healthy one."""
        elbv2 = self._clients.elbv2
        (group,) = elbv2.describe_target_groups(Names=[self._settings.names.target_group])["TargetGroups"]
        found = elbv2.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
        for each in found:
            if each["TargetHealth"]["State"] == "healthy":
                return f"{each['Target']['Id']}:{each['Target']['Port']}"
        raise NoAnswerError("no web task is healthy, so none can be asked from within: see `target health`")


def is_whole(printed: Sequence[str]) -> bool:
    """Whether every piece has come."""
    pieces, of = _pieces(printed)
    return len(pieces) == of > 0


def _pieces(printed: Sequence[str]) -> tuple[dict[int, str], int]:
    """Those that have come, by their number, and how many there are to be."""
    pieces: dict[int, str] = {}
    of = 0
    for line in printed:
        if line.startswith(MARK):
            number, _, piece = line.removeprefix(MARK).partition(":")
            index, _, last = number.partition("/")
            pieces[int(index)], of = piece, int(last)
    return pieces, of


def parse(url: str, printed: Sequence[str]) -> Answer:
    """The answer in what the task printed."""
    pieces, of = _pieces(printed)
    if not is_whole(printed):
        last_words = " ".join(" ".join(printed).split())[-300:]
        raise NoAnswerError(
            f"{url}, asked from within: {len(pieces)} of {of or 'some'} pieces of the answer came; the task printed: "
            f"{last_words or 'nothing'}"
        )
    try:
        told = json.loads(zlib.decompress(base64.b64decode("".join(pieces[index] for index in sorted(pieces)))))
    except (zlib.error, binascii.Error, ValueError) as error:
        raise NoAnswerError(f"{url}, asked from within: what the task printed is no answer: {error}") from error
    if "error" in told:
        raise NoAnswerError(f"{url} does not answer from within: {told['error']}")
    return Answer(status=told["status"], location="", body=told["body"])
