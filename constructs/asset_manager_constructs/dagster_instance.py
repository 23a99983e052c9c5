"""Dagster's own configuration, as an SSM parameter.

dagster/dagster.yaml --filled in--> /asset-manager/DAGSTER_YAML --ECS--> container variable --entrypoint--> file
                               \\--sha256--> web and daemon definitions: a change is a new revision, which rolls both
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from cdktf import Fn, TerraformLocal, Token
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct

from asset_manager_constructs.instance_config import Document
from asset_manager_constructs.waivers import waive


@dataclass(frozen=True, kw_only=True)
class DagsterInstanceProps:
    """`document` is the whole configuration of the instance; it may hold `env:` but no secret."""

    parameter_name: str
    document: Document


class DagsterInstance(Construct):
    """The parameter, its ARN, and the digest of its value."""

    def __init__(self, scope: Construct, id_: str, props: DagsterInstanceProps) -> None:
        super().__init__(scope, id_)
        # Terraform encodes it, because only Terraform knows the values in it; the digest is of the stored text.
        yaml = TerraformLocal(self, "yaml", Fn.yamlencode(_as_hcl(props.document)))
        parameter = SsmParameter(self, "parameter", name=props.parameter_name, type="String", value=yaml.as_string)
        waive(
            parameter,
            "CKV2_AWS_34",
            "no secret: dagster.yaml names secrets by env:, since all of it travels in RunTask",
        )
        self.parameter_arn = parameter.arn
        self.digest = str(Fn.sha256(yaml.as_string))


def _as_hcl(node: Any) -> Any:
    """Return the node in a form that cdktf writes into an HCL expression without changing any text.

    cdktf escapes `${` and line ends in a value, and nothing else. jsii drops None, and
    `secrets_tag: null` would be lost.
    """
    if isinstance(node, dict):
        return {_quotable(key).replace("${", "$${"): _as_hcl(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_as_hcl(value) for value in node]
    if isinstance(node, str):
        return _quotable(node)
    return Token.null_value() if node is None else node


def _quotable(text: str) -> str:
    """Escape for use between quotes, where HCL has JSON's escapes.

    https://developer.hashicorp.com/terraform/language/expressions/strings
    """
    return json.dumps(text, ensure_ascii=False)[1:-1].replace("%{", "%%{")
