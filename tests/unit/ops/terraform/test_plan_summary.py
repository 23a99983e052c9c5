"""A plan's summary: what is dangerous first, and never a value."""

from __future__ import annotations

from typing import Any

import pytest

from ops.terraform.plan_summary import Change, changes, counted, markdown, shortened, text


def resource(address: str, *actions: str, **change: Any) -> dict[str, Any]:
    return {"address": address, "type": address.partition(".")[0], "change": {"actions": list(actions), **change}}


PLAN = {
    "resource_changes": [
        resource("aws_lb.alb", "no-op"),
        resource("data.aws_vpc.vpc", "read"),
        resource("aws_ecs_service.web", "update", before={"a": 1, "b": "canary"}, after={"a": 2, "b": "canary"}),
        resource("aws_ecs_task_definition.web", "create", "delete", replace_paths=[["container_definitions"]]),
        resource("aws_ssm_parameter.new", "create", before=None, after={"value": "canary"}),
        resource("aws_s3_bucket.old", "delete", before={"bucket": "canary"}, after=None),
        resource(
            "aws_lb_listener_rule.web",
            "update",
            before={"arn": "x", "action": [{"order": 1}]},
            after={"action": [{"order": 1}]},
            after_unknown={"arn": True, "action": [{"forward": []}]},  # as Terraform says of a block that is known
        ),
    ]
}


def test_what_is_dangerous_comes_first_and_what_stays_not_at_all() -> None:
    assert [(change.action, change.address, change.attributes) for change in changes(PLAN)] == [
        ("destroy", "aws_s3_bucket.old", ()),
        ("replace", "aws_ecs_task_definition.web", ("container_definitions",)),
        ("change", "aws_ecs_service.web", ("a",)),
        ("change", "aws_lb_listener_rule.web", ("arn",)),
        ("create", "aws_ssm_parameter.new", ()),
    ]


OUTPUTS = {"ids": {"actions": ["update"], "before": ["canary"]}, "arn": {"actions": ["no-op"]}}


def test_outputs_are_a_change_where_nothing_else_is() -> None:
    """A new subnet of the VPC changes no resource of base, and an output that services reads."""
    alone = {"resource_changes": [resource("aws_lb.alb", "no-op")], "output_changes": OUTPUTS}
    assert text("base", changes(alone)) == "base: 1 to change\n    change   output.ids"
    assert changes({**PLAN, "output_changes": OUTPUTS}) == changes(PLAN)


@pytest.mark.parametrize(
    ("action", "kind", "loses"),
    [
        ("destroy", "aws_s3_bucket", True),
        ("replace", "aws_ssm_parameter", True),
        ("change", "aws_s3_bucket", False),
        ("create", "aws_s3_bucket", False),
        ("replace", "aws_ecs_task_definition", False),
    ],
)
def test_a_warning_is_for_what_holds_data_and_goes(action: Any, kind: str, loses: bool) -> None:
    change = Change(address=f"{kind}.x", kind=kind, action=action, attributes=())
    assert change.loses_data is loses
    assert ("WARNING" in text("base", [change])) is loses
    assert ("holds data" in markdown("base", [change], "")) is loses


def test_a_summary_in_lines() -> None:
    assert text("services", changes(PLAN)).splitlines() == [
        "services: 1 to destroy, 1 to replace, 2 to change, 1 to create",
        "    destroy  aws_s3_bucket.old",
        "    replace  aws_ecs_task_definition.web  (container_definitions)",
        "    change   aws_ecs_service.web  (a)",
        "    change   aws_lb_listener_rule.web  (arn)",
        "    create   aws_ssm_parameter.new",
        "    WARNING: aws_s3_bucket.old holds data, which goes with it",
    ]


def test_nothing_to_change_is_said() -> None:
    assert counted([]) == "nothing to change"
    assert text("base", []) == "base: nothing to change"
    assert markdown("base", [], "whole") == "### `base`: nothing to change\n"


def test_a_comment_has_a_table_and_the_plan_folded() -> None:
    lines = markdown("services", changes(PLAN), "Terraform will perform ...").splitlines()
    assert lines[0] == "### `services`: 1 to destroy, 1 to replace, 2 to change, 1 to create"
    assert lines[4:7] == [
        "| **destroy** | `aws_s3_bucket.old` |  **holds data** |",
        "| **replace** | `aws_ecs_task_definition.web` | container_definitions |",
        "| change | `aws_ecs_service.web` | a |",
    ]
    assert "<details><summary>the whole plan of services</summary>" in lines
    assert "Terraform will perform ..." in lines


def test_a_value_in_the_plan_does_not_end_the_block_that_it_is_folded_in() -> None:
    whole = "~ description = <<-EOT\n```\n@everyone <img src=x>\n````\nEOT"
    lines = markdown("services", changes(PLAN), whole).splitlines()
    opened, closed = (number for number, line in enumerate(lines) if line == "`````")
    assert "\n".join(lines[opened + 1 : closed]) == whole
    assert lines[closed + 1 :] == ["", "</details>"]
    comment = markdown("services", changes(PLAN), f"{whole}\n" * 1000)
    cut = shortened(comment, 4000)
    assert len(cut) <= 4000
    assert cut.count("\n`````\n") == 2
    assert cut.endswith("\n`````\n\n</details>\n")


def test_no_value_is_reported() -> None:
    assert "canary" not in text("base", changes(PLAN)) + markdown("base", changes(PLAN), "")


def test_a_comment_that_is_too_long_loses_of_what_is_folded_and_never_of_a_table() -> None:
    found = [Change(address="aws_lb.alb", kind="aws_lb", action="change", attributes=("name",))]
    short, long = markdown("base", found, "a\n" * 50), markdown("services", found, "b\n" * 5000)
    whole = f"{short}\n{long}"
    assert shortened(whole, len(whole)) == whole
    cut = shortened(whole, 4000)
    assert 3900 < len(cut) <= 4000
    table = "| | resource | attributes |\n|---|---|---|\n| change | `aws_lb.alb` | name |\n"
    assert cut.count(table) == cut.count("\n```\n\n</details>\n") == cut.count("the rest is cut") == 2
    assert 10 < cut.count("a\n") < 50
    assert 500 < cut.count("b\n") < 5000
