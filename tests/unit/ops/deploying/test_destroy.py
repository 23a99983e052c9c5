"""What a destroy refuses without AWS, and how it shows what goes."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ops.aws import bucket_contents
from ops.console.errors import HoldsDataError, NotConfirmedError, OperatorError
from ops.deploying.destroy import _destroy_base, ask, destroy, is_protected
from ops.terraform.plan_and_apply import SavedPlan
from ops.terraform.plan_summary import Change, by_kind
from ops.terraform.run import Terraform
from settings.load import load


class Terminal:
    """Somebody is at it."""

    @staticmethod
    def isatty() -> bool:
        return True


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


@pytest.mark.parametrize("typed", ["yes", "", "Staging", "staging "])
def test_on_a_terminal_the_name_is_typed_and_nothing_else_will_do(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def answer(what: str) -> str:
        asked.append(what)
        return typed

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("builtins.input", answer)
    if typed.strip() == "staging":
        ask(load("staging"), None)
    else:
        with pytest.raises(NotConfirmedError, match=r"that is not its name\. Nothing was changed\."):
            ask(load("staging"), None)
    assert asked == ["destroy staging, account 444455556666, us-west-2? Type its name: "]


def test_ctrl_d_is_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def ends(_what: str) -> str:
        raise EOFError

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("builtins.input", ends)
    with pytest.raises(NotConfirmedError, match=r"that is not its name\. Nothing was changed\."):
        ask(load("staging"), None)


def test_where_nobody_can_be_asked_the_name_is_to_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("staging\n"))
    with pytest.raises(NotConfirmedError, match=r"Say --confirm staging\. Nothing was changed\."):
        ask(load("staging"), None)
    ask(load("staging"), "staging")


class S3:
    """ListObjectVersions, and DeleteObjects that refuses one key."""

    exceptions = SimpleNamespace(NoSuchBucket=LookupError)

    def __init__(self, *pages: dict[str, Any]) -> None:
        self.pages = pages
        self.deleted: list[Any] = []

    def get_paginator(self, _name: str) -> SimpleNamespace:
        return SimpleNamespace(paginate=lambda **_asked: iter(self.pages))

    def delete_objects(self, Bucket: str, Delete: Any) -> dict[str, Any]:  # noqa: ARG002  boto3's names
        self.deleted += Delete["Objects"]
        locked = [each for each in Delete["Objects"] if each["Key"] == "locked"]
        return {"Errors": [{"Key": "locked", "Message": "Access Denied"}]} if locked else {}


def version(key: str) -> dict[str, str]:
    return {"Key": key, "VersionId": f"{key}-1"}


def test_a_bucket_is_emptied_of_versions_and_of_markers_page_by_page() -> None:
    s3 = S3({"Versions": [version("a")], "DeleteMarkers": [version("b")]}, {"DeleteMarkers": [version("c")]}, {})
    reported: list[str] = []
    assert bucket_contents.first_page(cast("Any", s3), "bucket") == 2
    bucket_contents.empty(cast("Any", s3), "bucket", reported.append)
    assert s3.deleted == [version("a"), version("b"), version("c")]
    assert reported == ["bucket: 2 versions and markers deleted", "bucket: 3 versions and markers deleted"]


def test_what_s3_does_not_delete_is_reported() -> None:
    s3 = S3({"Versions": [version("a")]}, {"Versions": [version("locked")]})
    with pytest.raises(OperatorError, match=r"S3 does not delete locked in bucket: Access Denied\. 1 versions are"):
        bucket_contents.empty(cast("Any", s3), "bucket", print)


def test_nothing_is_emptied_where_base_is_another_than_was_asked_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def empty(*_: object) -> None:
        raise AssertionError("for good")

    monkeypatch.setattr(bucket_contents, "empty", empty)
    base = SimpleNamespace(stack="base", save_plan=lambda *_: {"resource_changes": []})
    account = SimpleNamespace(settings=load("staging"), clients=SimpleNamespace(s3=None))
    printed = [Change(address="aws_s3_bucket.artifacts", kind="aws_s3_bucket", action="destroy", attributes=())]
    with pytest.raises(OperatorError, match=r"^base is not what it was when you were asked: somebody else deployed"):
        _destroy_base(
            cast("Any", account),
            SavedPlan(stack=cast("Any", base), file=Path("base"), command="destroy", changes=printed),
            with_data=True,
        )


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
