"""The OIDC client secret where CloudFormation can read it: in Secrets Manager, written and never stored by Terraform.

    TF_VAR_auth0_client_secret --ephemeral variable--> secret_string_wo --> Secrets Manager
                                                                              ^ {{resolve:secretsmanager:...}}
                                                                listener rule's stack (sign_in.py)

SSM has the same secret for the tasks; CloudFormation resolves SSM's secure strings for a few properties only, and a
listener rule's is none of them.
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
    """`value` is an ephemeral variable; it is sent when `version` changes. Without a key it is AWS's own."""

    name: str
    value: TerraformVariable
    version: int
    kms_key_arn: str | None


class ClientSecret(Construct):
    """The secret; `name` and `version_id` are what a reference to it is made of, and are no secrets."""

    def __init__(self, scope: Construct, id_: str, props: ClientSecretProps) -> None:
        super().__init__(scope, id_)
        secret = SecretsmanagerSecret(
            self,
            "secret",
            name=props.name,
            description="What the load balancer shows Auth0 when it signs a user in",
            kms_key_id=props.kms_key_arn,
            # Else its name is taken for 7 to 30 days after a destroy, and the next deployment fails. There is nothing
            # to recover: Auth0 tells the secret again.
            recovery_window_in_days=0,
        )
        waive(secret, "CKV2_AWS_57", "Auth0 issues it, so AWS cannot rotate it; `make rotate` stores a new one")
        if props.kms_key_arn is None:
            waive(secret, "CKV_AWS_149", "encrypted by Secrets Manager's key; a key of one's own is kms_key_arn")
        # Not created before the old one goes: then the provider takes AWSPREVIOUS from the old version, and with it the
        # promise that CloudFormation, which resolves the old reference too when it updates, still finds it.
        version = SecretsmanagerSecretVersion(
            self,
            "version",
            secret_id=secret.id,
            secret_string_wo=props.value.string_value,
            secret_string_wo_version=props.version,
        )
        self.name = secret.name
        self.version_id = version.version_id
