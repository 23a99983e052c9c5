"""A run that is followed: what it is said to wait for."""

from __future__ import annotations

from typing import Any, cast

import pytest

from ops.dagster_api import runs
from ops.dagster_api.runs import AHEAD, follow

PARTITION = {"key": "dagster/partition", "value": "acme::day::revenue"}


class Dagster:
    """One run that is seen in a few statuses, and those that are at work on its partition."""

    def __init__(self, statuses: list[str], tags: list[dict[str, str]], ahead: list[str]) -> None:
        self.statuses, self.tags, self.ahead = statuses, tags, ahead

    def query(self, query: str, variables: dict[str, Any]) -> Any:
        if query == AHEAD:
            assert variables == {"tags": [PARTITION]}
            return {"runsOrError": {"results": [{"runId": run} for run in self.ahead]}}
        return {"runOrError": {"__typename": "Run", "status": self.statuses.pop(0), "tags": self.tags}}


@pytest.mark.parametrize(
    ("tags", "ahead", "why"),
    [
        ([PARTITION], ["run-1"], "; it starts when run run-1 of the same partition has ended"),
        ([PARTITION], [], ""),
        ([], ["run-1"], ""),
    ],
)
def test_a_run_that_stays_queued_names_the_run_of_its_partition_that_goes_on(
    tags: list[dict[str, str]], ahead: list[str], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "SECONDS_BETWEEN_POLLS", 0)
    monkeypatch.setattr(runs, "SECONDS_BETWEEN_REPORTS", -1)
    said: list[str] = []
    dagster = Dagster(["QUEUED", "QUEUED", "SUCCESS"], tags, ahead)
    assert follow(cast("Any", dagster), "run-2", 60, said.append).status == "SUCCESS"
    assert said == [
        "run run-2: QUEUED after 0 s",
        f"run run-2: QUEUED after 0 s{why}",
        "run run-2: SUCCESS after 0 s",
    ]
