"""`asset-manager rollback`: deploys the image of an earlier release, as `release` deploys a new one."""

from __future__ import annotations

from ops.aws.account import Account
from ops.aws.ecr import Registry
from ops.console.errors import ImageMissingError, RefusedError
from ops.deploying import release_record, releases
from ops.deploying.release_record import BACK, short
from ops.releasing.image_change import begin
from settings.load import load


def rollback(environment: str, to: str | None, *, yes: bool, validate: bool) -> None:
    """Deploy the release before the one that serves, or another recorded one."""
    settings = load(environment)
    account = Account.of_shell(settings)
    now, records = releases.what_serves(account), releases.history(account)
    if now is None:
        raise RefusedError(f"nothing of {environment} is deployed: there is no way back. First: asset-manager deploy")
    target = release_record.named(records, to, now.digest) if to else release_record.previous(records, now.digest)
    registry = Registry(region=settings.region, repository=settings.existing.repository)
    found = registry.require(target.tag)
    if found != target.digest:
        raise ImageMissingError(
            f"the image {target.tag} of the repository {registry.repository} is {short(found)} now, and what was "
            f"released as {target.tag} was {short(target.digest)}: the tag was moved. Give that image a tag of its "
            "own, and release that with --no-build; or name another release: --to TAG. Nothing was changed."
        )
    begin(account, target.tag, BACK).deploy(found, yes=yes, validate=validate)
