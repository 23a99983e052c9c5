"""The OIDC client secret in Secrets Manager, where CloudFormation reads it; Terraform writes it and never stores it.

    TF_VAR_auth0_client_secret --ephemeral variable--> secret_string_wo --> Secrets Manager
                                                                              ^ {{resolve:secretsmanager:...}}
                                                                listener rule's stack (sign_in.py)

SSM has the same secret for the tasks. CloudFormation resolves SSM's secure strings for a few properties only, and no
property of a listener rule is one of them.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm-secure-strings.html
"""

from __future__ import annotations

from dataclasses import dataclass

from cdktf import TerraformVariable
from cdktf_cdktf_provider_aws.secretsmanager_secret import SecretsmanagerSecret
from cdktf_cdktf_provider_aws.secretsmanager_secret_version import SecretsmanagerSecretVersion
from constructs import Construct

from asset_manager_constructs.waivers import waive


@dataclass(frozen=True, kw_only=True)
class ClientSecretProps:
    """`value` is an ephemeral variable; Terraform sends it when `version` changes. Without a key it is AWS's own."""

    name: str
    value: TerraformVariable
    version: int
    kms_key_arn: str | None


class ClientSecret(Construct):
    """The secret; `name` and `version_id` make a reference to it, and are not secret."""

    def __init__(self, scope: Construct, id_: str, props: ClientSecretProps) -> None:
        super().__init__(scope, id_)
        secret = SecretsmanagerSecret(
            self,
            "secret",
            name=props.name,
            description="What the load balancer shows Auth0 when it signs a user in",
            kms_key_id=props.kms_key_arn,
            # Without this the name stays taken for 7 to 30 days after a destroy, and the next deployment fails. There
            # is nothing to recover: Auth0 shows the secret again.
            recovery_window_in_days=0,
        )
        waive(secret, "CKV2_AWS_57", "Auth0 issues it, so AWS cannot rotate it; `make rotate` stores a new one")
        if props.kms_key_arn is None:
            waive(secret, "CKV_AWS_149", "encrypted by Secrets Manager's key; a key of one's own is kms_key_arn")
        # Without create_before_destroy, by which the provider would take AWSPREVIOUS from the old version:
        # CloudFormation resolves the old reference too when it updates, and might not find that version.
        version = SecretsmanagerSecretVersion(
            self,
            "version",
            secret_id=secret.id,
            secret_string_wo=props.value.string_value,
            secret_string_wo_version=props.version,
        )
        self.name = secret.name
        self.version_id = version.version_id
