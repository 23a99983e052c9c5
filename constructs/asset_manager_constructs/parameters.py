"""What tasks are told by SSM: plain values as String, secrets as SecureString that Terraform never stores.

    TF_VAR_dagster_pg_password --ephemeral variable--> value_wo --> SSM; in no state, plan or synthesized file

A write-only argument is sent only when its version changes, so a secret is asked for when it is new and when its
version in the environment file was raised; every other plan and apply works without it.
https://developer.hashicorp.com/terraform/language/resources/ephemeral/write-only
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cdktf import TerraformVariable
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct


@dataclass(frozen=True, kw_only=True)
class ParametersProps:
    """`values` by name; `secret_versions` the version of each secret by name. Names are the tasks' variables."""

    prefix: str
    values: Mapping[str, str]
    secret_versions: Mapping[str, int]


class Parameters(Construct):
    """Every parameter below one prefix; `arns` is what a container definition injects, by name."""

    def __init__(self, scope: Construct, id_: str, props: ParametersProps) -> None:
        super().__init__(scope, id_)
        self.arns: dict[str, str] = {}
        for name, value in props.values.items():
            parameter = SsmParameter(self, name, name=f"{props.prefix}/{name}", type="String", value=value)
            self.arns[name] = parameter.arn
        for name, version in props.secret_versions.items():
            # Empty unless given: a plan needs no secrets, and SSM refuses to store an empty value.
            secret = TerraformVariable(
                self, f"{name}-value", type="string", default="", description=f"The secret {name}, when it is new."
            )
            secret.override_logical_id(name.lower())  # so that it is TF_VAR_<name>
            secret.add_override("ephemeral", True)  # cdktf 0.21 knows no ephemeral variables
            parameter = SsmParameter(
                self,
                name,
                name=f"{props.prefix}/{name}",
                type="SecureString",
                value_wo=secret.string_value,
                value_wo_version=version,
            )
            self.arns[name] = parameter.arn
