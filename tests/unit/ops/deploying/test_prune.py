"""Which revisions go."""

import pytest

from ops.deploying.prune import superfluous


@pytest.mark.parametrize(
    ("used", "keep", "gone"),
    [
        ((), 3, []),
        ((), 2, ["web:1"]),
        ((), 1, ["web:2", "web:1"]),
        (("web:1",), 1, ["web:2"]),
        (("web:3", "web:2", "web:1"), 1, []),
        ((), 10, []),
    ],
)
def test_the_newest_stay_and_what_is_used(used: tuple[str, ...], keep: int, gone: list[str]) -> None:
    assert superfluous(["web:3", "web:2", "web:1"], used, keep) == gone
