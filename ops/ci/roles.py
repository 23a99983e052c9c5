"""The two roles of GitHub Actions: who takes each on, and what each may do. Pure.

    a pull request of the repository's own branches --.
    the scheduled drift check, on main ---------------+--> <name>-ci-plan     reading
    a job behind the environment's approval ----------+--> <name>-ci-deploy   reading, and changing
    a pull request of a fork: no role                 '    both by OIDC, no key is kept anywhere

https://docs.github.com/en/actions/security-for-github-actions/security-hardening-your-deployments/about-security-hardening-with-openid-connect
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ops.ci.changing import changing_base, changing_services, changing_watching
from ops.ci.reading import reading
from ops.ci.statements import Document, document
from ops.console.errors import CommandLineError
from settings.load import Settings

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
# Repositories made since July 2026 say their owner's and their own number too: repo:octo@1/app@2:pull_request.
# https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/
REPOSITORY = re.compile(r"[A-Za-z0-9-]+(@\d+)?/[A-Za-z0-9._-]+(@\d+)?")


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A managed policy, which the roles share that have it."""

    name: str
    document: Document


@dataclass(frozen=True, kw_only=True)
class Role:
    """Several policies, since together they are too long for one."""

    name: str
    description: str
    trust: Document
    policies: tuple[Policy, ...]


def roles(settings: Settings, repository: str) -> tuple[Role, Role]:
    """The one that plans and the one that deploys; `repository` is as GitHub's tokens name it."""
    if not REPOSITORY.fullmatch(repository):
        raise CommandLineError(
            f"--repository {repository}: no repository of GitHub's. It is owner/name, or owner@1/name@2 where its "
            "tokens have the numbers (any made since July 2026): see the README, In CI."
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
    """GitHub's identity provider, of which an account has one."""
    return f"arn:aws:iam::{account_id}:oidc-provider/{ISSUER}"


def trust(settings: Settings, *subjects: str) -> Document:
    """Taken on by jobs whose token names one of these subjects, letter by letter: no star stands in a trust."""
    wanted: str | Sequence[str] = subjects[0] if len(subjects) == 1 else list(subjects)
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Federated": provider_arn(settings.account_id)},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": wanted}},
        }
    )


def as_documents(made: Sequence[Role]) -> dict[str, dict[str, Document]]:
    """For people: each role's trust and what it may do."""
    return {
        role.name: {"trust": role.trust} | {policy.name: policy.document for policy in role.policies} for role in made
    }
