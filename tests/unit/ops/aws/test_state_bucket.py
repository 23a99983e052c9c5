"""What an adopted bucket's policy and rules become: ours by name, all else as it was."""

from __future__ import annotations

from typing import Any

import pytest

from ops.aws.state_bucket import OLD_STATES, merged_policy, merged_rules, policy

ALL: Any = policy("state")["Statement"]
(OURS,) = ALL
THEIRS: dict[str, Any] = {"Sid": "Theirs", "Effect": "Allow", "Principal": "*", "Action": "s3:Get*", "Resource": "*"}
NAMELESS = {key: value for key, value in THEIRS.items() if key != "Sid"}
REORDERED = OURS | {"Action": ["s3:*"], "Resource": OURS["Resource"][::-1]}


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ([], [OURS]),
        (THEIRS, [THEIRS, OURS]),
        ([THEIRS, NAMELESS], [THEIRS, NAMELESS, OURS]),
        ([OURS, THEIRS], [OURS, THEIRS]),
        ([OURS | {"Effect": "Allow"}, THEIRS], [OURS, THEIRS]),
        ([OURS | {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}], [OURS]),
        ([REORDERED], [REORDERED]),
    ],
)
def test_our_statement_goes_in_by_its_sid_and_the_others_stay(there: Any, expected: list[Any]) -> None:
    document = {"Version": "2008-10-17", "Id": "theirs", "Statement": there}
    once = merged_policy(document, "state")
    assert once == document | {"Statement": expected}
    assert merged_policy(once, "state") == once


RULE: dict[str, Any] = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 3}}
FIRST_FORM: dict[str, Any] = {"ID": "theirs", "Status": "Enabled", "Prefix": "tmp/", "Expiration": {"Days": 3}}


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ([], [OLD_STATES]),
        ([RULE], [RULE, OLD_STATES]),
        ([OLD_STATES, RULE], [OLD_STATES, RULE]),
        ([OLD_STATES | {"Status": "Disabled"}, RULE], [OLD_STATES, RULE]),
        ([FIRST_FORM], [RULE, OLD_STATES]),
    ],
)
def test_our_rule_goes_in_by_its_id_and_the_others_stay(there: list[Any], expected: list[Any]) -> None:
    once = merged_rules(there)
    assert once == expected
    assert merged_rules(once) == once
