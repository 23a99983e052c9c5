"""Which release serves, and where a way back leads."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ops.console.errors import OperatorError
from ops.deploying import release_record
from ops.deploying.release_record import BACK, FAILED, FOUND, INTERRUPTED, RELEASED, Outcome, Record

DIGESTS = {name: f"sha256:{name * 64}"[:71] for name in ("a", "b", "c", "d")}


def history(*oldest_first: tuple[str, Outcome]) -> list[Record]:
    """Newest first; the tag of an image is v and its letter."""
    made = [
        Record(
            tag=f"v{letter}",
            digest=DIGESTS[letter],
            outcome=outcome,
            when=f"2026-11-24 20:0{minute}:00",
            who="arn:aws:sts::111122223333:assumed-role/deployer/alice",
            web=f"asset_manager-web-task:{minute}",
            daemon=f"asset_manager-daemon-task:{minute}",
            run=f"asset-manager-run:{minute}",
        )
        for minute, (letter, outcome) in enumerate(oldest_first)
    ]
    return made[::-1]


@pytest.mark.parametrize(
    ("oldest_first", "serves", "leads_to"),
    [
        ([("a", FOUND), ("b", RELEASED)], "b", "va"),
        ([("a", FOUND), ("b", RELEASED), ("c", RELEASED)], "c", "vb"),
        # Once more, and one release further.
        ([("a", FOUND), ("b", RELEASED), ("c", RELEASED), ("b", BACK)], "b", "va"),
        # b was gone back from, so it is not where c leads back to.
        ([("a", FOUND), ("b", RELEASED), ("a", BACK), ("c", RELEASED)], "c", "va"),
        ([("a", FOUND), ("b", FAILED), ("a", BACK), ("c", RELEASED)], "c", "va"),
        ([("a", FOUND), ("b", RELEASED), ("c", FAILED), ("b", BACK)], "b", "va"),
        # Interrupted, it may serve; or something that no release put there.
        ([("a", FOUND), ("b", RELEASED), ("c", INTERRUPTED)], "c", "vb"),
        ([("a", FOUND), ("b", RELEASED)], "d", "vb"),
        # Released again.
        ([("a", FOUND), ("b", RELEASED), ("a", RELEASED)], "a", "vb"),
    ],
)
def test_a_way_back_leads_to_what_served_before(
    oldest_first: list[tuple[str, Outcome]], serves: str, leads_to: str
) -> None:
    assert release_record.previous(history(*oldest_first), DIGESTS[serves]).tag == leads_to


@pytest.mark.parametrize(
    ("oldest_first", "message"),
    [
        ([], "No other is recorded"),
        ([("a", FOUND)], "No other is recorded"),
        ([("a", FOUND), ("b", FAILED), ("a", BACK)], "No other is recorded"),
        ([("a", FOUND), ("b", RELEASED), ("a", BACK)], "Recorded are vb: asset-manager rollback --to TAG"),
    ],
)
def test_where_nothing_served_before_it_is_refused(oldest_first: list[tuple[str, Outcome]], message: str) -> None:
    with pytest.raises(OperatorError, match=f"^there is no release before the one that serves. {message}"):
        release_record.previous(history(*oldest_first), DIGESTS["a"])


def test_another_is_named_by_its_tag_if_it_ever_served() -> None:
    records = history(("a", FOUND), ("b", RELEASED), ("a", BACK), ("c", FAILED))
    assert release_record.named(records, "vb", DIGESTS["a"]) is records[2]
    assert release_record.named(records, "va", DIGESTS["a"]) is records[1]
    with pytest.raises(OperatorError, match=r"^no release of vc is recorded\. Recorded are vb: "):
        release_record.named(records, "vc", DIGESTS["a"])


@pytest.mark.parametrize(
    ("oldest_first", "serves", "recorded"),
    [
        ([], "a", False),
        ([("a", FOUND)], "a", True),
        ([("a", FOUND), ("b", RELEASED)], "a", False),  # somebody deployed it by hand
        ([("a", FOUND), ("b", INTERRUPTED)], "b", False),
        ([("a", FOUND), ("b", FAILED), ("a", BACK)], "a", True),
        ([("a", FOUND), ("b", FAILED)], "a", True),
    ],
)
def test_what_serves_is_recorded_once(oldest_first: list[tuple[str, Outcome]], serves: str, recorded: bool) -> None:
    assert release_record.is_recorded(history(*oldest_first), DIGESTS[serves]) is recorded


def test_a_record_is_kept_as_it_is_and_what_is_none_is_left_out() -> None:
    (record,) = history(("a", FOUND))
    assert release_record.parse(release_record.unparse(record)) == record
    for other in ("v2", "[]", "7", "{}", json.dumps({"tag": "v2"})):
        assert release_record.parse(other) is None


def test_the_longest_record_fits_a_standard_parameter() -> None:
    (record,) = history(("a", FOUND))
    # A role's name has 64 characters, its session's too; a tag 128; a family 255.
    longest = replace(record, tag="t" * 128, who="a" * 200, web="w" * 266, daemon="d" * 266, run="r" * 266)
    assert len(release_record.unparse(longest)) < 4096


def test_a_table_shows_the_newest_first_and_which_serves() -> None:
    records = history(("a", FOUND), ("b", RELEASED), ("c", FAILED), ("b", BACK))
    records[-1] = replace(records[-1], who="")
    assert release_record.table(records, DIGESTS["b"]).splitlines() == [
        "    when (UTC)           tag  digest        outcome         web  daemon  run  who",
        "->  2026-11-24 20:03:00  vb   bbbbbbbbbbbb  rolled back to  3    3       3    assumed-role/deployer/alice",
        "    2026-11-24 20:02:00  vc   cccccccccccc  failed          2    2       2    assumed-role/deployer/alice",
        "    2026-11-24 20:01:00  vb   bbbbbbbbbbbb  released        1    1       1    assumed-role/deployer/alice",
        "    2026-11-24 20:00:00  va   aaaaaaaaaaaa  served before   0    0       0    -",
    ]
    machine = json.loads(release_record.as_json(records, DIGESTS["b"]))
    assert [one["serves"] for one in machine] == [True, False, False, False]
    assert machine[0]["digest"] == DIGESTS["b"]


def test_nothing_is_marked_where_nothing_recorded_serves() -> None:
    assert "->" not in release_record.table(history(("a", FOUND), ("c", FAILED)), DIGESTS["c"])
