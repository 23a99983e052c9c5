"""Additions to moto's CloudFormation; test_sign_in.py shows the stack that Terraform creates."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from moto.cloudformation.exceptions import ValidationError

from local_aws.moto import cloudformation

from .local_ecs import LocalEcs


def created(local: LocalEcs, name: str, type_: str, properties: dict[str, Any]) -> str:
    template = {"Resources": {"One": {"Type": type_, "Properties": properties}}}
    made = local.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))
    return str(made["StackId"])


def test_parse_resource_resolves_a_reference_to_a_secret(local: LocalEcs) -> None:
    version = local.client("secretsmanager").create_secret(Name="moto/secret", SecretString="hidden")["VersionId"]
    reference = f"{{{{resolve:secretsmanager:moto/secret:SecretString:::{version}}}}}"
    stack = created(
        local, "resolved", "AWS::SSM::Parameter", {"Name": "/of-stack", "Type": "String", "Value": reference}
    )
    found = local.client("ssm").get_parameter(Name="/of-stack")["Parameter"]["Value"]
    template = local.client("cloudformation").get_template(StackName=stack)["TemplateBody"]
    assert (found, "hidden" in json.dumps(template)) == ("hidden", False)


def test_parse_resource_refuses_a_reference_to_no_secret(local: LocalEcs) -> None:
    properties = {"Name": "/none", "Type": "String", "Value": "{{resolve:secretsmanager:none:SecretString:::x}}"}
    formation = local.client("cloudformation")
    with pytest.raises(formation.exceptions.ClientError, match="can't find the specified secret"):
        created(local, "refused", "AWS::SSM::Parameter", properties)


def test_parse_resource_refuses_a_type_that_moto_does_not_know() -> None:
    with pytest.raises(ValidationError, match="Unrecognized resource type: AWS::Unknown::Type"):
        cloudformation.parse_resource(lambda *_: None, {"Type": "AWS::Unknown::Type"}, cast("Any", {}))
