"""Chromium is found by its names, and its absence is one message."""

from pathlib import Path

import pytest

from ops.console.errors import ToolMissingError
from tools import browser


@pytest.mark.parametrize("name", ["chromium", "google-chrome"])
def test_it_is_found_by_the_name_that_the_machine_has_for_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / name
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.find() == str(program)


def test_a_machine_without_one_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissingError, match="sudo apt-get install chromium"):
        browser.main()
