"""A growing file, read as whole lines. Pure: no moto."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

LONGEST_EVENT = 262_144 - 26  # bytes; PutLogEvents counts 26 of overhead
MOST_PER_TURN = 1_000_000  # bytes, so that one talkative task does not hold up all others


class Lines:
    """What was written to a file since the last look, as whole lines."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._rest = b""

    def new(self, *, ended: bool) -> list[str]:
        """Return the new lines; once the writer has ended, all there are, the last one without its line end too."""
        lines: list[bytes] = []
        # A deleted file has no more lines; the task that writes it goes on.
        with self._path.open("rb") if self._path.exists() else BytesIO() as file:
            file.seek(self._offset)
            while chunk := file.read(MOST_PER_TURN):
                self._offset += len(chunk)
                *whole, self._rest = (self._rest + chunk).split(b"\n")
                lines += whole
                if len(self._rest) > LONGEST_EVENT:
                    lines.append(self._rest)
                    self._rest = b""
                if not ended:
                    break
        if ended and self._rest:
            lines.append(self._rest)
            self._rest = b""
        return [part.decode(errors="replace").rstrip("\r") for line in lines for part in _parts(line)]

    def has_more(self) -> bool:
        """Whether there is something to read; a file that was emptied is read from its beginning."""
        size = self._path.stat().st_size if self._path.exists() else 0
        if size < self._offset:
            self._offset = 0
        return size > self._offset


def _parts(line: bytes) -> list[bytes]:
    return [line[start : start + LONGEST_EVENT] for start in range(0, len(line), LONGEST_EVENT)] or [line]
