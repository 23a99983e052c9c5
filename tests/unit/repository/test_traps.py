"""Every trap has a test, and docs/traps.md says which."""

from __future__ import annotations

import re

from tests.support.repository import ROOT

TRAPS = 15


def test_every_trap_names_tests_that_are_there() -> None:
    rows = re.findall(r"^\| (\d+) \|.*\| ([^|]+) \|$", (ROOT / "docs" / "traps.md").read_text(), re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, TRAPS + 1))
    for number, tests in rows:
        named = re.findall(r"`(tests/\S+\.py)::(test_\w+)`", tests)
        assert named, number
        for file, test in named:
            assert f"def {test}(" in (ROOT / file).read_text(), (file, test)
