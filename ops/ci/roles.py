"""The two roles of GitHub Actions: the jobs that may assume each, and its policies. Pure.

    a pull request of the repository's own branches --.
    the scheduled drift check, on main ---------------+--> <name>-ci-plan     reading
    a job behind the environment's approval ----------+--> <name>-ci-deploy   reading, and changing
    a pull request of a fork: no role                 '    both by OIDC, without a stored key

https://docs.github.com/en/actions/security-for-github-actions/security-hardening-your-deployments/about-security-hardening-with-openid-connect
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ops.ci.changing import changing_base, changing_services, changing_watching
from ops.ci.reading import reading
from ops.console.errors import CommandLineError
from settings.facts.arn import arn
from settings.facts.statements import Document, document
from settings.load import Settings

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
# The tokens of repositories created since July 2026 have two numbers in addition: repo:octo@1/app@2:pull_request.
# https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/
REPOSITORY = re.compile(r"[A-Za-z0-9-]+(@\d+)?/[A-Za-z0-9._-]+(@\d+)?")


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A managed policy, which several roles can share."""

    name: str
    document: Document


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role; its policies together are too long for one policy."""

    name: str
    description: str
    trust: Document
    policies: tuple[Policy, ...]


def roles(settings: Settings, repository: str) -> tuple[Role, Role]:
    """Return the role that plans and the role that deploys; `repository` is as in GitHub's tokens."""
    if not REPOSITORY.fullmatch(repository):
        raise CommandLineError(
            f"--repository {repository}: not a repository on GitHub. It is owner/name, or owner@1/name@2 if its "
            "tokens have the numbers (any created since July 2026): see the README, In CI."
        )
    read = Policy(name=f"{settings.name}-ci-read", document=reading(settings))
    plan = Role(
        name=f"{settings.name}-ci-plan",
        description=f"GitHub Actions of {repository}: plans {settings.environment}",
        trust=trust(settings, f"repo:{repository}:pull_request", f"repo:{repository}:ref:refs/heads/main"),
        policies=(read,),
    )
    deploy = Role(
        name=f"{settings.name}-ci-deploy",
        description=f"GitHub Actions of {repository}: deploys {settings.environment}",
        trust=trust(settings, f"repo:{repository}:environment:{settings.environment}"),
        policies=(
            read,
            Policy(name=f"{settings.name}-ci-change-base", document=changing_base(settings)),
            Policy(name=f"{settings.name}-ci-change-services", document=changing_services(settings)),
            Policy(name=f"{settings.name}-ci-change-watching", document=changing_watching(settings)),
        ),
    )
    return plan, deploy


def provider_arn(account_id: str) -> str:
    """Return the ARN of GitHub's identity provider, of which an account has one."""
    return arn("iam", f"oidc-provider/{ISSUER}", account_id=account_id)


def trust(settings: Settings, *subjects: str) -> Document:
    """Trust the jobs with one of these subjects in their token; no subject has a star."""
    wanted: str | Sequence[str] = subjects[0] if len(subjects) == 1 else list(subjects)
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Federated": provider_arn(settings.account_id)},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": wanted}},
        }
    )


def as_documents(both: Sequence[Role]) -> dict[str, dict[str, Document]]:
    """Return the trust and the policies of each role, for people to read."""
    return {
        role.name: {"trust": role.trust} | {policy.name: policy.document for policy in role.policies} for role in both
    }
