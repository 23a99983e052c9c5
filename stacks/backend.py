"""The backend and the provider of every stack."""

from __future__ import annotations

from cdktf import S3Backend, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags

from settings.facts.tags import default_tags
from settings.load import Settings


def use_remote_state(stack: TerraformStack, settings: Settings) -> None:
    """Keep the state in S3: a key for each environment and stack, encrypted, locked by S3 itself."""
    backend = S3Backend(
        stack,
        bucket=settings.state_bucket,
        key=settings.state_key(stack.node.id),
        region=settings.region,
        encrypt=True,
    )
    # Terraform 1.11's native lock, which cdktf 0.21's S3Backend does not have.
    backend.add_override("use_lockfile", True)


def use_aws(stack: TerraformStack, settings: Settings) -> None:
    """Use one account and region: Terraform refuses credentials of another account before it reads anything."""
    # The version of the binding, stated here so that it stays if the binding changes: cdktn's is of provider 6
    # (decision 10).
    stack.add_override("terraform.required_providers.aws.version", "5.100.0")
    AwsProvider(
        stack,
        "aws",
        region=settings.region,
        allowed_account_ids=[settings.account_id],
        default_tags=[AwsProviderDefaultTags(tags=dict(default_tags(settings)))],
    )
