"""What a local AWS is started with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
REAL_TIME = 1
TASKS = "tasks"


@dataclass(frozen=True, kw_only=True)
class Config:
    """The settings of one local AWS.

    `directory` holds its log, its saved state and the output of its tasks. The load balancer listens on `web_port`.
    `speed` is how many times faster than on AWS its own intervals pass: health checks, deregistration delays, the
    back-off of ECS. Tasks run in `code`, behind `entrypoint`; without them, in a folder of their own and without an
    entry point. localhost leads to the target groups with the tag Environment=`environment`; if that is empty, to all.
    """

    directory: Path
    port: int
    web_port: int
    account_id: str
    speed: int = REAL_TIME
    code: Path | None = None
    entrypoint: Path | None = None
    environment: str = ""

    @property
    def endpoint(self) -> str:
        """The value of AWS_ENDPOINT_URL for clients."""
        return f"http://{HOST}:{self.port}"

    @property
    def tasks(self) -> Path:
        """The folder of the tasks: their output, and their working files."""
        return self.directory.resolve() / TASKS
