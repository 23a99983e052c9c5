"""What a destroy refuses without AWS, and how it shows what goes."""

from __future__ import annotations

from typing import Any, cast

import pytest

from ops.destroy import destroy, is_protected
from ops.errors import HoldsDataError, NotConfirmedError
from ops.plan_summary import Change, by_kind
from ops.terraform import Terraform


class Base:
    """What is asked of Terraform in `base`."""

    def __init__(self, *resources: tuple[str, dict[str, Any]]) -> None:
        self.resources = resources

    def state(self) -> dict[str, Any]:
        return {"resources": [{"type": kind, "instances": [{"attributes": has}]} for kind, has in self.resources]}


@pytest.mark.parametrize(
    ("resources", "protected"),
    [
        ([("aws_lb", {"enable_deletion_protection": True})], True),
        ([("aws_lb", {"enable_deletion_protection": False}), ("aws_s3_bucket", {})], False),
        ([], False),
    ],
)
def test_what_is_protected_is_known_from_what_was_deployed(resources: Any, protected: bool) -> None:
    assert is_protected(cast("Terraform", Base(*resources))) is protected


def test_what_the_settings_protect_is_not_even_looked_at() -> None:
    with pytest.raises(HoldsDataError, match=r"prod is protected\. Set `deletion_protection: false` in environments"):
        destroy("prod", confirm="prod", with_data=True, kill_runs=True)


def test_another_name_destroys_nothing() -> None:
    with pytest.raises(NotConfirmedError, match=r"--confirm prod is not staging, which would be destroyed\."):
        destroy("staging", confirm="prod", with_data=True, kill_runs=True)


def test_what_goes_whole_is_a_line_a_kind_and_one_warning() -> None:
    kinds = ("aws_s3_bucket", "aws_lb", "aws_ssm_parameter", "aws_s3_bucket")
    found = [Change(address=f"{kind}.x", kind=kind, action="destroy", attributes=()) for kind in kinds]
    assert by_kind("base", found).splitlines() == [
        "base: 4 to destroy",
        "       1 aws_lb",
        "       2 aws_s3_bucket",
        "       1 aws_ssm_parameter",
        "    WARNING: 2 aws_s3_bucket, 1 aws_ssm_parameter hold data, which goes with them",
    ]
