"""A container's command as a process group, and the end of everything that it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from local_aws.ecs.definition import StartRefusedError

# What an image's PATH is; the virtual environment goes before it, as the image's own does.
IMAGE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
METADATA_V4 = "ECS_CONTAINER_METADATA_URI_V4"
# All that a task starts inherits these two. The second one finds the tasks of a killed emulator, without any file.
TASKS_DIRECTORY = "LOCAL_AWS_TASKS_DIRECTORY"
SECONDS_TO_END = 5.0


def environment(
    own: Mapping[str, str], scratch: Path, local_aws: Mapping[str, str], metadata_uri: str
) -> dict[str, str]:
    """All variables of the process. It inherits none, and those of its container (`own`) cannot lead to another AWS."""
    region = own.get("AWS_REGION", local_aws["AWS_REGION"])
    return {
        "PATH": f"{Path(sys.prefix) / 'bin'}:{IMAGE_PATH}",
        "HOME": str(scratch),
        "LANG": "C.UTF-8",
        "DAGSTER_HOME": str(scratch / "dagster_home"),
        **{name: value for name, value in own.items() if not name.startswith("AWS_ENDPOINT_URL")},
        **local_aws,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        METADATA_V4: metadata_uri,
        TASKS_DIRECTORY: str(scratch.parent),
        "ECS_CONTAINER_METADATA_URI": metadata_uri,
    }


class ContainerProcess:
    """One started command: a session of its own, its output in a file."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], directory: Path, log: Path) -> None:
        self._uri = environ[METADATA_V4]
        with log.open("ab") as output:
            try:
                self._popen = subprocess.Popen(  # noqa: S603 -- what a container runs is its definition's business
                    command,
                    env=environ,
                    cwd=directory,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError as error:
                raise StartRefusedError(f"CannotStartContainerError: {command[0]}: {error.strerror}") from error

    @property
    def pid(self) -> int:
        """The id of the process, and of its group."""
        return self._popen.pid

    def exit_code(self) -> int | None:
        """As a container's: 128 and the signal's number for one that was killed; None while it runs."""
        code = self._popen.poll()
        return 128 - code if code is not None and code < 0 else code

    def signal(self, number: signal.Signals) -> None:
        """Send it to the whole group, as an init in the container would pass it on."""
        # Not yet collected, its id cannot have passed on to another process.
        if self._popen.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def clean_up(self) -> None:
        """End what outlived the command: a container's processes end with its first one."""
        _kill_all(METADATA_V4, self._uri)


def end_tasks(directory: Path) -> bool:
    """Kill every process of the tasks of this directory; False if there was none."""
    killed = any_killed = _kill_all(TASKS_DIRECTORY, str(directory))
    deadline = time.monotonic() + SECONDS_TO_END
    while killed and time.monotonic() < deadline:  # again, for what one of them had just started
        time.sleep(0.02)
        killed = _kill_all(TASKS_DIRECTORY, str(directory))
    return any_killed


def _kill_all(variable: str, value: str) -> bool:
    killed = False
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(variable) == value:
                process.kill()
                killed = True
    return killed
