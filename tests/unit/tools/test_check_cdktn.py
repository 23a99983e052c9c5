"""How sources are renamed for cdktn, and what counts as a difference."""

from __future__ import annotations

from typing import Any

import pytest

from tools.check_cdktn import comparable, differences, renamed


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("from cdktf import TerraformStack", "from cdktn import TerraformStack"),
        ("    from cdktf import App", "    from cdktn import App"),
        ("from cdktf_cdktf_provider_aws.lb import Lb", "from cdktn_provider_aws.lb import Lb"),
        ("import sys, cdktf, jsii", "import sys, cdktn, jsii"),
        ('load("@cdktf/provider-aws")', 'load("@cdktn/provider-aws")'),
        ('importlib.metadata.version("cdktf")', 'importlib.metadata.version("cdktn")'),
        ("app = App()", 'app = App(context={"targetVersions": {"terraform": ">=1.11.0"}})'),
        # What is deployed keeps its name, and so do variables that cdktn reads under the old one.
        ('{"ManagedBy": "cdktf"}', '{"ManagedBy": "cdktf"}'),
        ("CDKTF_OUTDIR", "CDKTF_OUTDIR"),
        ("# terraform-cdk", "# terraform-cdk"),
    ],
)
def test_imports_are_renamed_and_nothing_else(ours: str, theirs: str) -> None:
    assert renamed(ours) == theirs


def document(version: str, **more: Any) -> dict[str, Any]:
    aws = {"version": "5.100.0", "source": f"source of {version}"}
    terraform = {"required_providers": {"aws": aws}, "required_version": ">= 1.11"}
    return {"//": {"metadata": {"version": version, "stackName": "base"}}, "terraform": terraform, **more}


def test_the_tools_version_may_differ_and_how_it_writes_the_providers_source() -> None:
    assert list(differences(comparable(document("0.21")), comparable(document("0.24")))) == []


def test_the_providers_version_may_not() -> None:
    ours, theirs = document("0.21"), document("0.24")
    theirs["terraform"]["required_providers"]["aws"]["version"] = "6.62.0"
    assert list(differences(comparable(ours), comparable(theirs))) == [
        '.terraform.required_providers.aws.version: cdktf "5.100.0", cdktn "6.62.0"'
    ]


def test_anything_else_is_reported_by_its_place() -> None:
    ours = comparable(document("5", resource={"aws_lb": {"alb": {"name": "a", "internal": False}}}))
    theirs = comparable(document("6", resource={"aws_lb": {"alb": {"name": "b", "region": "x"}}}))
    assert list(differences(ours, theirs)) == [
        ".resource.aws_lb.alb.internal: only cdktf has it",
        '.resource.aws_lb.alb.name: cdktf "a", cdktn "b"',
        ".resource.aws_lb.alb.region: only cdktn has it",
    ]


def test_a_document_without_what_may_differ_is_no_stack() -> None:
    with pytest.raises(KeyError):
        comparable({"terraform": {}})
