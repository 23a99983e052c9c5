"""`asset-manager ci-roles`: GitHub's identity provider and both roles in the account, made or put right."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import boto3

from ops.ci.roles import AUDIENCE, ISSUER, Policy, Role, as_documents, provider_arn, roles
from ops.console.errors import RefusedError
from ops.terraform.workspace import check_credentials
from settings.load import Settings, load

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

# Of a managed policy. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
VERSIONS_AT_MOST, CHARACTERS_AT_MOST = 5, 6_144


def ci_roles(environment: str, repository: str, *, dry_run: bool) -> None:
    """Make them and print the repository's variables, or print what they would be."""
    settings = load(environment)
    made = roles(settings, repository)
    distinct = list({policy.name: policy for role in made for policy in role.policies}.values())
    refuse_too_long(distinct)
    if dry_run:
        print(json.dumps(as_documents(made), indent=2))
        return
    check_credentials(settings)
    iam = boto3.client("iam", region_name=settings.region)
    _tell(f"provider {ISSUER}", _provider(iam, settings))
    for policy in distinct:
        _tell(f"policy {policy.name}", _policy(iam, settings, policy))
    for role in made:
        _tell(f"role {role.name}", _role(iam, settings, role))
    print("\n".join(variables(settings, made)))


def refuse_too_long(policies: Sequence[Policy]) -> None:
    """Before anything is made: IAM takes no longer ones, and the names in them are the settings'."""
    for policy in policies:
        length = len(_compact(policy.document))
        if length > CHARACTERS_AT_MOST:
            raise RefusedError(
                f"the policy {policy.name} would have {length} characters, of which IAM allows {CHARACTERS_AT_MOST}. "
                "Shorter names of the deployment, its buckets, cluster or roles in the environment file make it "
                "shorter. Nothing was changed."
            )


def variables(settings: Settings, made: Sequence[Role]) -> list[str]:
    """The repository's variables that the workflows read, as lines for `gh variable set --env-file`."""
    prefix = settings.environment.upper().replace("-", "_")
    plan, deploy = (f"arn:aws:iam::{settings.account_id}:role/{role.name}" for role in made)
    return [
        f"{prefix}_PLAN_ROLE_ARN={plan}",
        f"{prefix}_DEPLOY_ROLE_ARN={deploy}",
        f"{prefix}_REGION={settings.region}",
    ]


def _tell(what: str, found: str) -> None:
    print(f"{what}: {found}", file=sys.stderr)


def _provider(iam: IAMClient, settings: Settings) -> str:
    arn = provider_arn(settings.account_id)
    try:
        known = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    except iam.exceptions.NoSuchEntityException:
        # Without a thumbprint: IAM verifies GitHub's certificate by its own authorities.
        iam.create_open_id_connect_provider(Url=f"https://{ISSUER}", ClientIDList=[AUDIENCE])
        return "made"
    if AUDIENCE in known["ClientIDList"]:
        return "as it should be"
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID=AUDIENCE)
    return "put right"


def _policy_arn(settings: Settings, policy: Policy) -> str:
    return f"arn:aws:iam::{settings.account_id}:policy/{policy.name}"


def _policy(iam: IAMClient, settings: Settings, policy: Policy) -> str:
    arn, document = _policy_arn(settings, policy), _compact(policy.document)
    try:
        current = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    except iam.exceptions.NoSuchEntityException:
        iam.create_policy(PolicyName=policy.name, PolicyDocument=document)
        return "made"
    if (
        _parsed(iam.get_policy_version(PolicyArn=arn, VersionId=current)["PolicyVersion"]["Document"])
        == policy.document
    ):
        return "as it should be"
    old = [one for one in iam.list_policy_versions(PolicyArn=arn)["Versions"] if not one["IsDefaultVersion"]]
    if len(old) + 1 >= VERSIONS_AT_MOST:
        oldest = min(old, key=lambda one: one["CreateDate"])
        iam.delete_policy_version(PolicyArn=arn, VersionId=oldest["VersionId"])
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)
    return "put right"


def _role(iam: IAMClient, settings: Settings, role: Role) -> str:
    try:
        known = _parsed(iam.get_role(RoleName=role.name)["Role"]["AssumeRolePolicyDocument"])
        if known != role.trust:
            iam.update_assume_role_policy(RoleName=role.name, PolicyDocument=_compact(role.trust))
        found = "as it should be" if known == role.trust else "put right"
    except iam.exceptions.NoSuchEntityException:
        iam.create_role(RoleName=role.name, AssumeRolePolicyDocument=_compact(role.trust), Description=role.description)
        found = "made"
    for policy in role.policies:
        iam.attach_role_policy(RoleName=role.name, PolicyArn=_policy_arn(settings, policy))
    return found


def _compact(document: Any) -> str:
    return json.dumps(document, separators=(",", ":"))  # IAM counts what a policy has of characters


def _parsed(document: Any) -> Any:
    """Botocore parses what comes URL-encoded, as AWS sends it; moto sends some as it is."""
    return json.loads(document) if isinstance(document, str) else document
