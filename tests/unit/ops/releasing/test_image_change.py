"""What a release does where it fails, where somebody else was quicker, and where it is interrupted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ops.aws import in_progress
from ops.console.errors import (
    Interrupted,
    LockHeldError,
    NotSteadyError,
    NotValidError,
    OperatorError,
    TerraformError,
    UnderWayError,
)
from ops.deploying import releases
from ops.deploying.release_record import BACK, FAILED, FOUND, INTERRUPTED, RELEASED
from ops.deploying.releases import Serving
from ops.releasing import image_change
from ops.releasing.image_change import ImageChange, OvertakenError
from ops.terraform import workspace
from ops.terraform.plan_and_apply import SavedPlan
from ops.terraform.plan_summary import Change
from ops.terraform.run import StalePlanError, StateNotSavedError
from settings.load import load

OLD, NEW, THEIRS = (f"sha256:{letter * 64}" for letter in "abc")
BEFORE, AFTER = "image_tag: v1\n", "image_tag: v2\n"
FORMER = Serving(
    digest=OLD, since=datetime(2026, 11, 24, 20, tzinfo=UTC), web="web-task:1", daemon="daemon-task:1", run="run:1"
)


class Aws:
    """What serves, and Terraform's `services`; an apply makes the image of the file serve, and a new state."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.digest, self.serial = OLD, 1
        self.applied: list[str] = []
        self.recorded: list[tuple[str, str]] = []
        self.refusals: list[Exception] = []
        self.failed_before: list[str] = []
        self.failed_after: list[str] = []

    stack = "services"

    def serving(self) -> Serving:
        return replace(FORMER, digest=self.digest, web=f"web-task:{self.serial}")

    def apply_plan(self, _plan: Path) -> None:
        if self.refusals:
            raise self.refusals.pop()
        text = self.file.read_text()
        self.applied.append(text)
        self.deploy(OLD if text == BEFORE else NEW)

    def deploy(self, digest: str) -> None:
        self.digest = digest
        self.serial += 1

    def state(self) -> dict[str, Any]:
        attributes = {"name": "asset-manager-web", "task_definition": f"web-task:{self.serial}"}
        return {"resources": [{"type": "aws_ecs_service", "instances": [{"attributes": attributes}]}]}


def plan_of(aws: Aws) -> SavedPlan:
    change = Change(address="aws_ecs_service.web", kind="aws_ecs_service", action="change", attributes=())
    return SavedPlan(stack=cast("Any", aws), file=Path("services"), command="apply", changes=[change])


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Aws:
    file = tmp_path / "prod.yaml"
    file.write_text(BEFORE)
    aws = Aws(file)

    def add(_account: object, _image: object, tag: str, outcome: str) -> None:
        aws.recorded.append((tag, outcome))

    monkeypatch.setattr(in_progress, "refuse", lambda _settings: None)
    monkeypatch.setattr(releases, "what_serves", lambda _account: aws.serving())
    monkeypatch.setattr(releases, "history", lambda _account: [])
    monkeypatch.setattr(releases, "what_was_applied", lambda *_: aws.serving())
    monkeypatch.setattr(releases, "add", add)
    monkeypatch.setattr(workspace, "wait_until_steady", lambda *_: None)
    monkeypatch.setattr(ImageChange, "_plan", lambda *_: plan_of(aws))
    monkeypatch.setattr(image_change, "failed_already", lambda _settings: aws.failed_before)
    monkeypatch.setattr(image_change, "failed_checks", lambda _settings: aws.failed_after)
    return aws


def go(aws: Aws, *, validate: bool = True) -> None:
    settings = load("prod").model_copy(update={"image_tag": "v1"})
    ImageChange(
        workspace=cast("Any", SimpleNamespace(settings=settings, services=aws, account=None)),
        serving=FORMER,
        tag="v2",
        outcome=RELEASED,
        file=aws.file,
        before=BEFORE,
        after=AFTER,
    ).deploy(NEW, yes=True, validate=validate)


def test_what_works_stays_and_the_file_says_so(aws: Aws) -> None:
    go(aws)
    assert (aws.applied, aws.file.read_text()) == ([AFTER], AFTER)
    assert aws.recorded == [("v1", FOUND), ("v2", RELEASED)]


# --- somebody else was quicker: theirs is not undone ---


def test_what_another_deployed_during_the_build_is_left_alone(aws: Aws) -> None:
    aws.deploy(THEIRS)
    with pytest.raises(
        OperatorError, match=r"^web-task:2 \(c{12}\) serves, and web-task:1 \(a{12}\) did when this beg"
    ):
        go(aws)
    assert (aws.applied, aws.recorded, aws.file.read_text()) == ([], [], BEFORE)


def test_what_another_is_deploying_after_the_build_is_waited_for(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_settings: object) -> None:
        raise UnderWayError("a deployment of prod is under way")

    monkeypatch.setattr(in_progress, "refuse", refuse)
    with pytest.raises(UnderWayError):
        go(aws)
    assert (aws.applied, aws.recorded, aws.file.read_text()) == ([], [], BEFORE)


def test_a_file_edited_during_the_build_is_not_written_over(aws: Aws) -> None:
    aws.file.write_text("image_tag: v1\nweb: {cpu: 512}\n")
    with pytest.raises(OperatorError, match=r"^environments/prod\.yaml was changed after this began\."):
        go(aws)
    assert (aws.applied, aws.file.read_text()) == ([], "image_tag: v1\nweb: {cpu: 512}\n")


@pytest.mark.parametrize("refusal", [LockHeldError("locked by ada@laptop."), StalePlanError("the state moved on.")])
def test_a_plan_that_terraform_refuses_to_begin_is_not_undone(aws: Aws, refusal: OperatorError) -> None:
    aws.refusals = [refusal]
    with pytest.raises(
        type(refusal), match=rf"^{refusal} Nothing was deployed; environments/prod\.yaml is as it was\."
    ):
        go(aws)
    assert (aws.applied, aws.recorded, aws.file.read_text()) == ([], [("v1", FOUND)], BEFORE)


def test_nothing_is_put_upon_a_state_that_was_not_saved(aws: Aws) -> None:
    aws.refusals = [StateNotSavedError("not saved.")]
    with pytest.raises(
        StateNotSavedError, match=r"^not saved\. environments/prod\.yaml says image_tag v2, which AWS has"
    ):
        go(aws)
    assert (aws.applied, aws.recorded, aws.file.read_text()) == ([], [("v1", FOUND)], AFTER)


def test_what_serves_after_it_and_is_anothers_is_left_alone(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspace, "wait_until_steady", lambda *_: aws.deploy(THEIRS))
    with pytest.raises(
        OvertakenError, match=r"^c{12} serves, and not b{12}: somebody else deployed meanwhile, and that"
    ):
        go(aws)
    assert (aws.applied, aws.digest, aws.file.read_text()) == ([AFTER], THEIRS, BEFORE)
    assert aws.recorded == [("v1", FOUND)]


def test_so_is_what_they_deployed_as_soon_as_the_lock_was_free(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = aws.apply_plan

    def and_theirs(plan: Path) -> None:
        ours(plan)
        aws.deploy(THEIRS)

    monkeypatch.setattr(aws, "apply_plan", and_theirs)
    with pytest.raises(OvertakenError, match=r"^c{12} serves, and not b{12}: somebody else deployed meanwhile"):
        go(aws)
    assert (aws.applied, aws.digest, aws.file.read_text()) == ([AFTER], THEIRS, BEFORE)


def test_a_failure_that_another_deployed_over_is_left_to_them(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    # To ECS's eyes ours was rolled back, where theirs took its place.
    def wait(*_: object) -> None:
        aws.deploy(THEIRS)
        raise NotSteadyError("web-task:2 was rolled back.")

    monkeypatch.setattr(workspace, "wait_until_steady", wait)
    with pytest.raises(NotSteadyError, match=r"^web-task:2 was rolled back\.\nwhat Terraform's state has is"):
        go(aws)
    assert (aws.applied, aws.digest, aws.file.read_text()) == ([AFTER], THEIRS, BEFORE)
    assert aws.recorded == [("v1", FOUND)]  # the revisions that are there are not of v2


def test_so_is_one_that_they_deployed_over_while_the_way_back_was_planned(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.failed_after = ["assets"]

    def plan(*_: object) -> SavedPlan:
        if aws.applied:
            aws.deploy(THEIRS)
        return plan_of(aws)

    monkeypatch.setattr(ImageChange, "_plan", plan)
    with pytest.raises(NotValidError, match="somebody else deployed meanwhile, and that is not undone"):
        go(aws)
    assert (aws.applied, aws.digest, aws.file.read_text()) == ([AFTER], THEIRS, BEFORE)


# --- its own failure is undone ---


def test_an_apply_that_breaks_off_is_undone(aws: Aws) -> None:
    aws.refusals = [TerraformError("no subnet.")]
    with pytest.raises(TerraformError, match=r"^no subnet\.\nv2 was undone: v1 \(a{12}\) serves"):
        go(aws)
    assert (aws.applied, aws.file.read_text()) == ([BEFORE], BEFORE)
    assert aws.recorded[1:] == [("v2", FAILED), ("v1", BACK)]


@pytest.mark.parametrize(
    ("before", "after", "blamed"),
    [
        ([], ["assets"], "assets"),
        (["server_info"], ["server_info", "assets"], "assets"),
        (["server_info"], ["assets", "sign-in"], "assets, sign-in"),
    ],
)
def test_a_check_that_fails_since_is_a_reason_to_undo(
    aws: Aws, before: list[str], after: list[str], blamed: str
) -> None:
    aws.failed_before, aws.failed_after = before, after
    with pytest.raises(NotValidError, match=rf"^v2 runs, and not all of it works: {blamed} \(see the table"):
        go(aws)
    assert (aws.applied, aws.digest, aws.file.read_text()) == ([AFTER, BEFORE], OLD, BEFORE)


def test_a_check_that_failed_before_does_not_count_and_is_printed(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.failed_before, aws.failed_after = ["dns alias", "server_info"], ["server_info"]
    go(aws)
    assert (aws.applied, aws.digest, aws.file.read_text()) == ([AFTER], NEW, AFTER)
    assert "failed before v2 already, so not counted: server_info\n" in capsys.readouterr().out


def test_without_validation_nothing_is_looked_at_before_either(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(image_change, "failed_already", asked.append)
    monkeypatch.setattr(image_change, "failed_checks", asked.append)
    go(aws, validate=False)
    assert (asked, aws.digest) == ([], NEW)


# --- Ctrl-C ---


@pytest.mark.parametrize("twice", [False, True])
def test_ctrl_c_says_how_to_go_on_however_often_it_is_pressed(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, twice: bool
) -> None:
    def interrupt(*_: object) -> None:
        raise Interrupted

    monkeypatch.setattr(workspace, "wait_until_steady", interrupt)
    if twice:
        monkeypatch.setattr(releases, "what_was_applied", interrupt)
    with pytest.raises(Interrupted, match=r"^interrupted while v2 was being deployed\..* write v1 there"):
        go(aws)
    assert (aws.applied, aws.file.read_text()) == ([AFTER], AFTER)
    assert aws.recorded == [("v1", FOUND), *([] if twice else [("v2", INTERRUPTED)])]
