"""What of Checkov's report is a problem; Checkov itself runs in tests/programs."""

from typing import Any

import pytest

from ops.console.errors import OperatorError
from tools.policy import Place, failures, judge, readable, waivers

BUCKET = Place(stack="base", resource="bucket", check="CKV_AWS_18")
GROUP = Place(stack="base", resource="group", check="CKV_AWS_158")


def record(resource: str, check: str, file: str = "/base.tf.json") -> dict[str, str]:
    return {"file_path": file, "resource": resource, "check_id": check, "check_name": f"about {check}"}


def report(*failed: dict[str, str], passed: tuple[dict[str, str], ...] = ()) -> dict[str, Any]:
    return {"results": {"failed_checks": list(failed), "passed_checks": list(passed)}, "summary": {"parsing_errors": 0}}


def test_a_waiver_is_read_from_beside_its_resource() -> None:
    beside = {"metadata": {"path": "base/bucket"}, "checkov": {"skip": {"CKV_AWS_18": "no"}}}
    document = {"resource": {"aws_s3_bucket": {"bucket": {"//": beside}, "other": {"//": {}}, "third": {}}}}
    assert waivers("base", document) == {BUCKET: "no"}


@pytest.mark.parametrize("resource", ["aws_s3_bucket.bucket", "resource.bucket"])
def test_a_resource_is_known_by_its_name_however_checkov_writes_it(resource: str) -> None:
    assert failures(report(record(resource, "CKV_AWS_18")), ["base"]) == {BUCKET: "about CKV_AWS_18"}


@pytest.mark.parametrize(
    ("failed", "waived", "problems"),
    [
        ({}, {}, []),
        ({BUCKET: "log"}, {BUCKET: "no"}, []),
        ({BUCKET: "log"}, {}, ["base: bucket: CKV_AWS_18: log"]),
        ({BUCKET: "log"}, {BUCKET: " "}, ["base: bucket: CKV_AWS_18: the waiver has no reason"]),
        ({}, {BUCKET: "no"}, ["base: bucket: CKV_AWS_18: waived, and nothing fails: take the waiver out"]),
        # Of another resource, and of another check.
        (
            {BUCKET: "log", GROUP: "key"},
            {GROUP: "no"},
            ["base: bucket: CKV_AWS_18: log"],
        ),
    ],
)
def test_each_failed_check_needs_its_waiver_and_each_waiver_its_failed_check(
    failed: dict[Place, str], waived: dict[Place, str], problems: list[str]
) -> None:
    assert judge(failed, waived) == problems


@pytest.mark.parametrize(
    "read",
    [
        {"passed": 0, "failed": 0},  # Checkov's whole report when it found nothing to check
        report(record("resource.bucket", "CKV_AWS_18", file="/other")),
        {**report(passed=(record("resource.bucket", "CKV_AWS_18"),)), "summary": {"parsing_errors": 1}},
    ],
)
def test_a_file_that_was_not_checked_is_no_pass(read: dict[str, Any]) -> None:
    with pytest.raises(OperatorError, match="Checkov could not read"):
        failures(read, ["base"])


def test_checkov_is_shown_the_containers_and_not_their_text() -> None:
    document = {"resource": {"aws_ecs_task_definition": {"web": {"container_definitions": '[{"name": "web"}]'}}}}
    shown = readable(document)["resource"]["aws_ecs_task_definition"]["web"]
    assert shown == {"container_definitions": [{"name": "web"}]}
    assert isinstance(document["resource"]["aws_ecs_task_definition"]["web"]["container_definitions"], str)
