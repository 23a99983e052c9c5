"""What the README says is there."""

import re

from tests.support.repository import ROOT

from .stack import Stack

README = (ROOT / "README.md").read_text()


def guide_table() -> list[tuple[str, set[str]]]:
    """(file, resource types) of each guide step."""
    section = README.partition("## Where each step of the guide went")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| [^|]+ \| `([^`]+)` \| ([^|]+) \|$", section, re.MULTILINE)
    return [(file, set(re.findall(r"`(aws_\w+)`", types))) for file, types in rows]


def test_every_resource_has_its_guide_step_and_every_step_its_resource(base: Stack, services: Stack) -> None:
    synthesized = set()
    for stack in (base, services):
        synthesized |= set(stack.document["resource"]) | set(stack.document["data"])
    named = set().union(*(types for _, types in guide_table()))
    # Scheduled actions are staging's alone.
    assert named - {"aws_appautoscaling_scheduled_action"} == synthesized - {"terraform_remote_state"}


def test_a_guide_step_is_in_the_file_that_the_table_names() -> None:
    for file, types in guide_table():
        source = (ROOT / file).read_text()
        for kind in types:
            binding = kind.removeprefix("aws_")
            assert re.search(rf"cdktf_cdktf_provider_aws\.(data_aws_)?{binding} import", source), (file, kind)


def test_every_target_in_the_readme_is_in_the_makefile() -> None:
    verbs = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(
        re.findall(
            r"\bmake(?: -s)? ([a-z][a-z-]*)", "\n".join(re.findall(r"`[^`\n]+`|^make .*$", README, re.MULTILINE))
        )
    )
    assert {"local", "test", "deploy", "rotate"} <= named <= verbs


def test_every_file_and_folder_named_is_there() -> None:
    for path in re.findall(
        r"`((?:environments|dagster|docs|constructs|stacks)/[\w./-]*|Pipfile|package\.json)`", README
    ):
        assert (ROOT / path).exists(), path


def test_every_promise_names_a_test_that_is_there() -> None:
    """In the tables of security and availability."""
    tables = README.partition("## Security")[2].partition("## Trouble")[0]
    rows = [line for line in tables.splitlines() if line.startswith("| ") and not line.startswith("| promise")]
    named = re.findall(r"\| `(tests/\S+\.py)::(test_\w+)` \|$", tables, re.MULTILINE)
    assert len(named) == len(rows) > 10
    for file, test in named:
        assert f"def {test}(" in (ROOT / file).read_text(), f"{file}::{test}"
