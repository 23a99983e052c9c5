"""The SSM parameters that tasks get: plain values as String, secrets as SecureString that Terraform never stores.

    TF_VAR_dagster_pg_password --ephemeral variable--> value_wo --> SSM; in no state, plan or synthesized file

Terraform sends a write-only argument only when its version changes, so it needs a secret when the secret is new and
when its version in the environment file was raised. Every other plan and apply works without the secret.
https://developer.hashicorp.com/terraform/language/resources/ephemeral/write-only
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cdktf import Fn, TerraformLocal, TerraformVariable
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct

from asset_manager_constructs.waivers import waive


@dataclass(frozen=True, kw_only=True)
class ParametersProps:
    """The keys are names of variables of the tasks; a TF_VAR can replace each value of `servers`."""

    prefix: str
    values: Mapping[str, str]
    servers: Mapping[str, str]
    secret_versions: Mapping[str, int]
    kms_key_arn: str | None


class Parameters(Construct):
    """Every parameter below one prefix: `arns` and variables of `secrets` by name, and the `digest` of plain values."""

    def __init__(self, scope: Construct, id_: str, props: ParametersProps) -> None:
        super().__init__(scope, id_)
        self.arns: dict[str, str] = {}
        self.secrets: dict[str, TerraformVariable] = {}
        servers = {name: self._variable(name, value).string_value for name, value in props.servers.items()}
        values = {**props.values, **servers}
        self.digest = TerraformLocal(self, "digest", Fn.sha256(Fn.jsonencode(values))).as_string
        for name, value in values.items():
            parameter = SsmParameter(self, name, name=f"{props.prefix}/{name}", type="String", value=value)
            waive(parameter, "CKV2_AWS_34", "no secret: it stands, readable, in the environment file too")
            self.arns[name] = parameter.arn
        for name, version in props.secret_versions.items():
            # The default is empty: a plan needs no secrets, and SSM refuses to store an empty value.
            secret = self._variable(name, "")
            secret.add_override("ephemeral", True)  # cdktf 0.21 has no ephemeral variables
            parameter = SsmParameter(
                self,
                name,
                name=f"{props.prefix}/{name}",
                type="SecureString",
                value_wo=secret.string_value,
                value_wo_version=version,
                key_id=props.kms_key_arn,
            )
            if props.kms_key_arn is None:
                waive(
                    parameter,
                    "CKV_AWS_337",
                    "encrypted by SSM's key; a key of one's own is the setting kms_key_arn",
                )
            self.arns[name] = parameter.arn
            self.secrets[name] = secret

    def _variable(self, name: str, default: str) -> TerraformVariable:
        """Create the Terraform variable that TF_VAR_<name in lower case> sets."""
        variable = TerraformVariable(self, f"{name}-value", type="string", default=default)
        variable.override_logical_id(name.lower())
        return variable
