"""The CloudFormation template of a listener rule that signs users in before it forwards.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PRIORITY = 100
# A working day: a person who left the company has to sign in again the next day. The default is a week.
SESSION_SECONDS = 12 * 60 * 60


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """An application of an Auth0 tenant, and the secret and version that hold its client secret."""

    domain: str
    client_id: str
    secret_name: str
    secret_version_id: str


def sign_in_template(listener_arn: str, host: str, target_group_arn: str, sign_in: SignIn) -> dict[str, Any]:
    """Return a template with one rule, which sends users to Auth0, and forwards requests of signed-in users."""
    issuer = f"https://{sign_in.domain}/"  # with the slash, as Auth0 writes it into its tokens
    authenticate = {
        "Type": "authenticate-oidc",
        "Order": 1,
        "AuthenticateOidcConfig": {
            # https://auth0.com/docs/get-started/applications/configure-applications-with-oidc-discovery
            "Issuer": issuer,
            "AuthorizationEndpoint": f"{issuer}authorize",
            "TokenEndpoint": f"{issuer}oauth/token",
            "UserInfoEndpoint": f"{issuer}userinfo",
            "ClientId": sign_in.client_id,
            "ClientSecret": secret_reference(sign_in.secret_name, sign_in.secret_version_id),
            "OnUnauthenticatedRequest": "authenticate",
            "Scope": "openid",  # Dagster has no users, so it needs no claims
            "SessionTimeout": SESSION_SECONDS,
        },
    }
    properties = {
        "ListenerArn": listener_arn,
        "Priority": PRIORITY,
        "Conditions": [{"Field": "host-header", "HostHeaderConfig": {"Values": [host]}}],
        "Actions": [authenticate, {"Type": "forward", "Order": 2, "TargetGroupArn": target_group_arn}],
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "A listener rule, here because Terraform would keep its client secret in state",
        "Resources": {"Rule": {"Type": "AWS::ElasticLoadBalancingV2::ListenerRule", "Properties": properties}},
    }


def secret_reference(name: str, version_id: str) -> str:
    """Return the reference that CloudFormation replaces by the secret when it creates or changes the rule.

    It has the version, because CloudFormation reads a secret again only if the reference changed. It has the name and
    not the ARN, so that CloudFormation finds a recreated secret when it deletes the rule.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
    https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1507
    """
    return f"{{{{resolve:secretsmanager:{name}:SecretString:::{version_id}}}}}"
