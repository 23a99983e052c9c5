"""A full disk, a folder that may not be written: one message, the way out, no traceback."""

from __future__ import annotations

import errno
import os
import signal

import pytest

from ops.cli import main

MEND = "Make it writable for you, or work in a folder that is; run it again."


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "the disk is full: .local/ports.json could not be written. Free some space, run it again."),
        (errno.EACCES, f".local/ports.json: Permission denied. {MEND}"),
        (errno.EROFS, f".local/ports.json: Read-only file system. {MEND}"),
    ],
)
def test_a_verb_that_cannot_write_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: int, said: str
) -> None:
    def fail() -> None:
        raise OSError(number, os.strerror(number), ".local/ports.json")

    monkeypatch.setattr(main, "app", fail)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 9
    assert capsys.readouterr().err == f"asset-manager: {said}\n"


def test_any_other_error_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr(main, "app", fail)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with pytest.raises(OSError, match="Broken pipe"):
        main.main()
