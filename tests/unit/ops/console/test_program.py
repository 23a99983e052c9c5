"""The edge of a program: an expected error is one message and an exit code, and any other error is not caught."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable

import pytest

from ops.console.errors import Interrupted, LockHeldError
from ops.console.program import exit_code
from settings.errors import SettingsError

FIX = "Make it writable for you, or work in a folder that is; run it again."


def fail(error: BaseException) -> Callable[[], None]:
    def work() -> None:
        raise error

    return work


@pytest.mark.parametrize(
    ("number", "name", "message"),
    [
        (
            errno.ENOSPC,
            "disk_full",
            "the disk is full: .local/ports.json could not be written. Free some space, run it again.",
        ),
        (errno.EACCES, "not_writable", f".local/ports.json: Permission denied. {FIX}"),
        (errno.EROFS, "not_writable", f".local/ports.json: Read-only file system. {FIX}"),
    ],
)
def test_a_file_that_cannot_be_written_is_one_message_with_a_fix(
    capsys: pytest.CaptureFixture[str], number: int, name: str, message: str
) -> None:
    work = fail(OSError(number, os.strerror(number), ".local/ports.json"))
    assert exit_code(work, as_json=True) == 4
    printed = capsys.readouterr()
    assert printed.err == f"asset-manager: {message}\n"
    assert json.loads(printed.out) == {"error": {"name": name, "message": message, "exit_code": 4}}


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (LockHeldError("locked"), 5, "locked"),
        (SettingsError("one\ntwo"), 3, "one\ntwo"),
        (Interrupted(), 130, "interrupted; the next run goes on from here."),
        (Interrupted("interrupted; nothing was changed."), 130, "interrupted; nothing was changed."),
    ],
)
def test_an_expected_error_is_its_message_and_its_code(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, message: str
) -> None:
    assert exit_code(fail(error)) == code
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", f"asset-manager: {message}\n")


@pytest.mark.parametrize(("returned", "code"), [(None, 0), (0, 0), (7, 7)])
def test_without_an_error_it_is_the_code_that_was_returned(returned: int | None, code: int) -> None:
    assert exit_code(lambda: returned) == code


@pytest.mark.parametrize("error", [OSError(errno.EPIPE, "Broken pipe"), KeyError("services")])
def test_any_other_error_is_not_caught(error: Exception) -> None:
    with pytest.raises(type(error)):
        exit_code(fail(error))
