"""A task's output on its way to CloudWatch: from the file that the process writes, line by line."""

from __future__ import annotations

from pathlib import Path

from moto.core.utils import unix_time_millis
from moto.logs.models import LogsBackend

from local_aws.ecs.definition import LogTarget, StartRefusedError
from local_aws.ecs.lines import Lines

MOST_EVENTS = 20_000  # of a stream: CloudWatch keeps all, an emulator that lives in memory cannot


class LogStream:
    """The awslogs driver of one task."""

    def __init__(self, backend: LogsBackend, target: LogTarget, path: Path) -> None:
        self._backend = backend
        self._target = target
        self._lines = Lines(path)
        if target.group not in backend.groups:
            raise StartRefusedError(
                "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
                "failed to create Cloudwatch log stream: ResourceNotFoundException: "
                f"The specified log group does not exist. : exit status 1 ({target.group})"
            )
        backend.ensure_log_stream(target.group, target.stream)

    def ship(self, *, ended: bool) -> None:
        """Hand on what is new."""
        if not (ended or self._lines.has_more()):
            return
        now = int(unix_time_millis())
        # CloudWatch refuses an empty message, and the driver drops it.
        events = [{"timestamp": now, "message": line} for line in self._lines.new(ended=ended) if line]
        group = self._backend.groups.get(self._target.group)
        stream = group.streams.get(self._target.stream) if group else None
        if events and stream:  # somebody may have deleted either
            stream.put_log_events(events)
            del stream.events[:-MOST_EVENTS]

    def forget(self) -> None:
        """Delete the stream."""
        group = self._backend.groups.get(self._target.group)
        if group:
            group.streams.pop(self._target.stream, None)
