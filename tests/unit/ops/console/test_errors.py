"""Every error has a name of its own, and one of at most eight exit codes; README has the same table."""

from __future__ import annotations

import pkgutil
import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import ops
from ops.console.errors import MEANINGS, ExitCode, Interrupted, OperatorError
from settings.errors import SettingsError
from tests.support.repository import ROOT

for module in pkgutil.walk_packages(ops.__path__, "ops."):
    import_module(module.name)


def below(kind: type[OperatorError]) -> Iterator[type[OperatorError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from below(each)


ERRORS: list[Any] = [*below(OperatorError), SettingsError, Interrupted]
IN_OPS = [kind for kind in ERRORS if not kind.__module__.startswith(("tests.", "local_aws."))]


def test_every_error_has_a_name_of_its_own() -> None:
    assert all("name" in vars(kind) for kind in IN_OPS)
    assert Counter(kind.name for kind in IN_OPS).most_common(1)[0][1] == 1


def test_there_are_eight_exit_codes_and_2_is_of_a_plan_alone() -> None:
    assert sorted(MEANINGS) == sorted(ExitCode) == [1, 2, 3, 4, 5, 6, 7, 130]
    assert {kind.exit_code for kind in IN_OPS} == set(ExitCode) - {ExitCode.CHANGES}


def test_readme_has_every_name_at_its_exit_code() -> None:
    rows = re.findall(r"^\| (\d+) \| [^|]+ \| ([^|]+) \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    named = {int(code): set(re.findall(r"`(\w+)`", names)) for code, names in rows}
    assert named == {code: {kind.name for kind in IN_OPS if kind.exit_code == code} for code in ExitCode}
