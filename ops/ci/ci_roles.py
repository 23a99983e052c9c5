"""`asset-manager ci-roles`: creates GitHub's identity provider and both roles in the account, or corrects them."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ops.aws.clients import Clients
from ops.ci.roles import AUDIENCE, ISSUER, Policy, Role, as_documents, provider_arn, roles
from ops.console.errors import RefusedError
from ops.terraform.workspace import check_credentials
from settings.facts.arns import Arns
from settings.facts.statements import compact
from settings.load import Settings, load

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

# Of a managed policy. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
VERSIONS_AT_MOST, CHARACTERS_AT_MOST = 5, 6_144


def ci_roles(environment: str, repository: str, *, dry_run: bool) -> None:
    """Create or correct them and print the repository's variables; a dry run prints the documents only."""
    settings = load(environment)
    both = roles(settings, repository)
    distinct = list({policy.name: policy for role in both for policy in role.policies}.values())
    refuse_too_long(distinct)
    if dry_run:
        print(json.dumps(as_documents(both), indent=2))
        return
    check_credentials(settings)
    iam = Clients.of_shell(settings.region).iam
    _report(f"provider {ISSUER}", _provider(iam, settings))
    for policy in distinct:
        _report(f"policy {policy.name}", _policy(iam, settings, policy))
    for role in both:
        _report(f"role {role.name}", _role(iam, settings, role))
    print("\n".join(variables(settings, both)))


def refuse_too_long(policies: Sequence[Policy]) -> None:
    """Raise, before anything is created, if a policy is longer than IAM allows."""
    for policy in policies:
        length = len(compact(policy.document))
        if length > CHARACTERS_AT_MOST:
            raise RefusedError(
                f"the policy {policy.name} would have {length} characters, and IAM allows {CHARACTERS_AT_MOST}. "
                "Shorter names of the deployment, its buckets, cluster or roles in the environment file make it "
                "shorter. Nothing was changed."
            )


def variables(settings: Settings, both: Sequence[Role]) -> list[str]:
    """Return the repository's variables that the workflows read, as lines for `gh variable set --env-file`."""
    prefix = settings.environment.upper().replace("-", "_")
    plan, deploy = (Arns(settings).role(role.name) for role in both)
    return [
        f"{prefix}_PLAN_ROLE_ARN={plan}",
        f"{prefix}_DEPLOY_ROLE_ARN={deploy}",
        f"{prefix}_REGION={settings.region}",
    ]


def _report(what: str, outcome: str) -> None:
    print(f"{what}: {outcome}", file=sys.stderr)


def _provider(iam: IAMClient, settings: Settings) -> str:
    arn = provider_arn(settings.account_id)
    try:
        known = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    except iam.exceptions.NoSuchEntityException:
        # Without a thumbprint: IAM verifies GitHub's certificate with its own list of authorities.
        iam.create_open_id_connect_provider(Url=f"https://{ISSUER}", ClientIDList=[AUDIENCE])
        return "created"
    if AUDIENCE in known["ClientIDList"]:
        return "unchanged"
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID=AUDIENCE)
    return "corrected"


def _policy_arn(settings: Settings, policy: Policy) -> str:
    return Arns(settings).global_("iam", f"policy/{policy.name}")


def _policy(iam: IAMClient, settings: Settings, policy: Policy) -> str:
    arn, document = _policy_arn(settings, policy), compact(policy.document)
    try:
        current = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    except iam.exceptions.NoSuchEntityException:
        iam.create_policy(PolicyName=policy.name, PolicyDocument=document)
        return "created"
    if (
        _parsed(iam.get_policy_version(PolicyArn=arn, VersionId=current)["PolicyVersion"]["Document"])
        == policy.document
    ):
        return "unchanged"
    old = [one for one in iam.list_policy_versions(PolicyArn=arn)["Versions"] if not one["IsDefaultVersion"]]
    if len(old) + 1 >= VERSIONS_AT_MOST:
        oldest = min(old, key=lambda one: one["CreateDate"])
        iam.delete_policy_version(PolicyArn=arn, VersionId=oldest["VersionId"])
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)
    return "corrected"


def _role(iam: IAMClient, settings: Settings, role: Role) -> str:
    try:
        known = _parsed(iam.get_role(RoleName=role.name)["Role"]["AssumeRolePolicyDocument"])
        if known != role.trust:
            iam.update_assume_role_policy(RoleName=role.name, PolicyDocument=compact(role.trust))
        outcome = "unchanged" if known == role.trust else "corrected"
    except iam.exceptions.NoSuchEntityException:
        iam.create_role(RoleName=role.name, AssumeRolePolicyDocument=compact(role.trust), Description=role.description)
        outcome = "created"
    for policy in role.policies:
        iam.attach_role_policy(RoleName=role.name, PolicyArn=_policy_arn(settings, policy))
    return outcome


def _parsed(document: Any) -> Any:
    """AWS sends documents URL-encoded, and botocore parses those; moto sends some as plain text."""
    return json.loads(document) if isinstance(document, str) else document
