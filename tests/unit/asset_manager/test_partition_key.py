"""A partition's name says whose metric it is, and a wrong one says what is wrong with it."""

from __future__ import annotations

import pytest

from asset_manager.partition_key import PartitionKey, PartitionKeyError


def test_a_key_reads_as_it_is_written() -> None:
    key = PartitionKey.parse("acme::week::active_users")
    assert (key.tenant, key.grain, key.metric) == ("acme", "week", "active_users")
    assert str(key) == "acme::week::active_users"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "acme:day:revenue",
            "partition key 'acme:day:revenue' has 1 parts; it must be tenant::grain::metric (acme::day::revenue)",
        ),
        (
            "a::day::b::c",
            "partition key 'a::day::b::c' has 4 parts; it must be tenant::grain::metric (acme::day::revenue)",
        ),
        (
            "acme::hour::revenue",
            "partition key 'acme::hour::revenue': 'hour' is no grain; allowed are day, week, month",
        ),
        (
            "A B::day::c",
            "partition key 'A B::day::c': 'A B' is no tenant; allowed are 1 to 63 of a-z, 0-9, _, a letter first",
        ),
        (
            "acme::day::x; y",
            "partition key 'acme::day::x; y': 'x; y' is no metric; allowed are 1 to 63 of a-z, 0-9, _, a letter first",
        ),
        (
            "::day::revenue",
            "partition key '::day::revenue': '' is no tenant; allowed are 1 to 63 of a-z, 0-9, _, a letter first",
        ),
    ],
)
def test_a_key_of_a_wrong_form_says_what_is_wrong_and_what_is_allowed(text: str, message: str) -> None:
    with pytest.raises(PartitionKeyError) as refused:
        PartitionKey.parse(text)
    assert str(refused.value) == message
