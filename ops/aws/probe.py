"""A script that runs in a one-off task, and the answer that the task prints to its log in marked pieces.

A script is a file that defines `answer(*arguments)`, which returns what JSON can hold. It imports only what the image
has, and its source has to fit into RunTask's overrides (8192 characters, `probe_runner` and arguments included).
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ops.aws.one_off_task import Ended, run_one_off
from ops.aws.probe_runner import MARK

if TYPE_CHECKING:
    from ops.aws.clients import Clients
    from settings.load import Settings

RUNNER = Path(__file__).with_name("probe_runner.py")
SECONDS_FOR_THE_TASK = 300


class ProbeError(Exception):
    """The script gave no answer."""


class TaskFailedError(ProbeError):
    """The task ended with another exit code than 0, or never started."""

    def __init__(self, ended: Ended) -> None:
        super().__init__(f"its task ended with {ended.exit_code}, {ended.reason}")
        self.task_arn = ended.task_arn


def run_script(clients: Clients, settings: Settings, script: Path, *arguments: str) -> Any:
    """What the script's `answer(*arguments)` returns; takes a minute on Fargate.

    Raises ProbeError, and the errors of `run_one_off`.
    """
    printed: list[str] = []
    ended = run_one_off(
        clients,
        settings,
        command(script, *arguments),
        printed.append,
        timeout_seconds=SECONDS_FOR_THE_TASK,
        is_whole=lambda: is_whole(printed),
    )
    if ended.exit_code != 0:
        raise TaskFailedError(ended)
    return decoded(printed)


def command(script: Path, *arguments: str) -> list[str]:
    return ["python", "-c", RUNNER.read_text(), script.read_text(), *arguments]


def is_whole(printed: Sequence[str]) -> bool:
    """Whether every piece has come."""
    pieces, total = _pieces(printed)
    return len(pieces) == total > 0


def decoded(printed: Sequence[str]) -> Any:
    """The answer, from all that the task printed, in any order."""
    pieces, total = _pieces(printed)
    if not is_whole(printed):
        last = " ".join(" ".join(printed).split())[-300:]
        raise ProbeError(
            f"{len(pieces)} of {total or 'some'} pieces of the answer came; the task printed: {last or 'nothing'}"
        )
    try:
        return json.loads(zlib.decompress(base64.b64decode("".join(pieces[number] for number in sorted(pieces)))))
    except (zlib.error, binascii.Error, ValueError) as error:
        raise ProbeError(f"what the task printed is no answer: {error}") from error


def _pieces(printed: Sequence[str]) -> tuple[dict[int, str], int]:
    """The pieces that have come, by their number from 1, and how many there have to be; 0 while that is unknown."""
    pieces: dict[int, str] = {}
    total = 0
    for line in printed:
        if line.startswith(MARK):
            number, _, piece = line.removeprefix(MARK).partition(":")
            index, _, last = number.partition("/")
            pieces[int(index)], total = piece, int(last)
    return pieces, total
