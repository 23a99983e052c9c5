"""Which secrets there are: those of the settings, against what SSM has and what Terraform sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ops.deploying.secrets_list import age, secrets, table

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
BY = "arn:aws:sts::111122223333:assumed-role/deploy/alice"


def stored(name: str, days: int = 3) -> Any:
    return {"Name": f"/app/{name}", "LastModifiedDate": NOW - timedelta(days=days), "LastModifiedUser": BY}


def test_a_line_for_each_says_how_old_it_is_who_set_it_and_whether_it_is_what_the_file_says() -> None:
    wanted = {"DEPLOYED": 1, "RAISED": 3, "HALF": 2, "NEW": 1}
    parameters = [stored("DEPLOYED", 90), stored("RAISED"), stored("HALF"), stored("OTHER")]
    sent: dict[str, set[int | None]] = {"DEPLOYED": {1}, "RAISED": {2}, "HALF": {2, None}}
    by = "assumed-role/deploy/alice"
    assert table(secrets(wanted, parameters, sent, NOW)).splitlines() == [
        "NAME      AGE   VERSION  CHANGED BY                 STATE",
        f"DEPLOYED  90 d  1        {by}  ok",
        f"RAISED    3 d   3        {by}  version 3 is not deployed, 2 is: export TF_VAR_raised, and deploy",
        f"HALF      3 d   2        {by}  version 2 is not deployed everywhere: export TF_VAR_half, and deploy",
        "NEW       -     1        -                          missing: export TF_VAR_new, and deploy",
        f"OTHER     3 d   -        {by}  not of this project: nothing reads it",
    ]


@pytest.mark.parametrize(
    ("seconds", "shown"), [(-1, "0 s"), (59, "59 s"), (60, "1 min"), (7199, "1 h"), (86400 * 400, "400 d")]
)
def test_an_age_is_in_its_largest_unit(seconds: float, shown: str) -> None:
    assert age(seconds) == shown
