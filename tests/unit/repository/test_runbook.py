"""What the runbook says is there, and each of its procedures says which test goes through it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from ops.cli.main import app
from tests.support.repository import ROOT

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
PROCEDURES = {
    title: text for title, _, text in (part.partition("\n") for part in re.split(r"^## ", RUNBOOK, flags=re.M)[1:])
}
# What each alarm means is in docs/alarms.md.
WANTED = (
    "First deployment",
    "Release",
    "Rollback",
    "Secret rotation",
    "Database restore",
    "Moving the domain",
    "Region move",
    "Disaster recovery",
)


def verbs(group: TyperGroup, path: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from verbs(command, f"{path}{name} ")
        elif isinstance(command, TyperCommand):
            yield f"{path}{name}"


def test_every_procedure_is_there() -> None:
    assert tuple(PROCEDURES) == WANTED
    assert "[alarms.md](alarms.md)" in RUNBOOK


@pytest.mark.parametrize("title", PROCEDURES)
def test_a_procedure_ends_with_the_tests_that_try_it_or_with_why_none_does(title: str) -> None:
    last = PROCEDURES[title].strip().rpartition("\n\n")[2].splitlines()
    assert last
    for line in last:
        tried = re.fullmatch(r"Tried by: (tests/\S+\.py)::(test_\w+)( \(.*\))?", line)
        if tried:
            assert f"def {tried[2]}(" in (ROOT / tried[1]).read_text(), line
        else:
            assert line.startswith("Not tried locally, because "), line


def test_every_command_is_one_of_the_operators() -> None:
    known = set(verbs(typer.main.get_group(app)))
    named = {" ".join(words.split()) for words in re.findall(r"`asset-manager ((?:[a-z-]+ ?)+)", RUNBOOK)}
    assert len(named) > 10
    assert {words for words in named if not {words.split(" ")[0], " ".join(words.split(" ")[:2])} & known} == set()


def test_every_target_of_make_is_in_the_makefile() -> None:
    known = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.M))
    assert {"local", "deploy", "plan"} <= set(re.findall(r"`make ([a-z-]+)", RUNBOOK)) <= known


def test_every_time_of_the_disaster_table_is_measured_documented_or_estimated() -> None:
    rows = re.findall(r"^\| ([^|]+) \|[^|]+\|[^|]+\| ([^|]+) \|$", PROCEDURES["Disaster recovery"], re.M)[1:]
    assert len(rows) > 8
    assert [lost for lost, rto in rows if not re.match(r"[MDE] .*\b(second|minute|hour|day)s?\b", rto)] == []
