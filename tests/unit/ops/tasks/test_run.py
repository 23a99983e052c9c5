"""Which partition of which asset: what is refused, and with which tags the other is run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from ops.console.errors import OperatorError
from ops.dagster_api.runs import LAUNCH, problem
from ops.dagster_api.transport import NoAnswerError
from ops.tasks.run import ASSET, _run, partition_tags, refuse_partition

KEYS = ("acme::day::revenue", "acme::day::signups", "acme::week::revenue", "globex::day::revenue")
UNKNOWN = "is no partition of cache. The nearest of 4:"


@pytest.mark.parametrize(("partition", "known"), [("acme::day::revenue", KEYS), (None, None)])
def test_a_partition_that_there_is_may_run_and_none_where_there_are_none(
    partition: str | None, known: Sequence[str] | None
) -> None:
    refuse_partition("cache", partition, known)


@pytest.mark.parametrize(
    ("partition", "known", "said"),
    [
        (
            "acme::dya::revenue",
            KEYS,
            f"acme::dya::revenue {UNKNOWN} acme::day::revenue, acme::week::revenue, globex::day::revenue.",
        ),
        (
            "%",
            KEYS,
            f"% {UNKNOWN} acme::day::revenue, acme::day::signups, acme::week::revenue.",
        ),
        ("2026-01-01", (), "2026-01-01 is no partition of cache; there is none at all yet."),
        (None, KEYS, "cache has partitions: name one of its 4, such as globex::day::revenue."),
        (None, (), "cache has partitions, and none of them yet."),
        ("x", None, "cache has no partitions, and x was given: asset-manager run cache"),
    ],
)
def test_another_is_refused_with_the_nearest(partition: str | None, known: Sequence[str] | None, said: str) -> None:
    with pytest.raises(OperatorError) as refused:
        refuse_partition("cache", partition, known)
    assert str(refused.value) == said


class Deaf:
    """Dagster that launches a run, and then does not answer."""

    def query(self, query: str, _variables: object = None) -> Any:
        if query == ASSET:
            repository = {"name": "r", "location": {"name": "l"}}
            unpartitioned = {"isMaterializable": True, "isPartitioned": False, "partitionDefinition": None}
            return {"assetNodeOrError": {"__typename": "AssetNode", **unpartitioned, "repository": repository}}
        if query == LAUNCH:
            return {"launchRun": {"__typename": "LaunchRunSuccess", "run": {"runId": "7"}}}
        raise NoAnswerError("no capacity")


def test_a_run_that_cannot_be_asked_after_is_said_to_go_on() -> None:
    with pytest.raises(
        NoAnswerError, match=r"^no capacity\. The run 7 goes on, and its log is: asset-manager logs run 7"
    ):
        _run(cast("Any", Deaf()), "prod", "cache", None, wait=True)


@pytest.mark.parametrize(
    ("partition", "dimensions", "tags"),
    [
        (None, [], {}),
        ("a|b", ["default"], {"dagster/partition": "a|b"}),
        (
            "acme|2026-01-01",
            ["day", "customer"],
            {
                "dagster/partition": "acme|2026-01-01",
                "dagster/partition/customer": "acme",
                "dagster/partition/day": "2026-01-01",
            },
        ),
    ],
)
def test_a_run_is_of_its_partition_by_tags(
    partition: str | None, dimensions: Sequence[str], tags: dict[str, str]
) -> None:
    assert partition_tags(partition, dimensions) == tags


def test_why_a_step_failed_is_what_was_raised_in_it_and_not_only_where() -> None:
    chain = [{"error": {"message": "NoSuchKey: no such object\n"}}]
    error = {"message": 'Error occurred while loading input "values":\n', "errorChain": chain}
    failure = {"__typename": "ExecutionStepFailureEvent", "stepKey": "cache", "error": error}
    assert problem([failure]) == 'cache: Error occurred while loading input "values": NoSuchKey: no such object'
