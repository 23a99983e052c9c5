"""`asset-manager release` and `rollback`: one line of the environment file changed, deployed, and undone if it fails.

    image -> digest -> image_tag in the file -> plan, ask -> apply services -> ECS is steady -> validate -> record
                                                              \\__________ fails: the file and the services as before

Commit the file then, so that everybody's plan is empty again (docs/decisions/0013-releases.md).
"""

from __future__ import annotations

import sys

from pydantic import ValidationError

from ops.aws import in_progress
from ops.aws.account import Account
from ops.aws.ecr import Registry
from ops.console.errors import CommandLineError, ImageMissingError, NotConfirmedError, RefusedError
from ops.deploying import release_record, releases
from ops.deploying.release_record import BACK, RELEASED, Outcome, short
from ops.environments.edits import with_image_tag
from ops.releasing import image
from ops.releasing.image_change import ImageChange
from ops.terraform import workspace
from ops.terraform.project import ROOT
from settings.load import Settings, load


def release(environment: str, tag: str, *, build: bool, yes: bool, validate: bool) -> None:
    """Build and push the image, or with `build` False take it from the registry, and deploy it."""
    settings = load(environment)
    _require_a_tag(settings, tag)
    account = Account.of_shell(settings)
    registry = Registry(region=settings.region, repository=settings.existing.repository)
    if not build:
        registry.require(tag)
    elif found := registry.digest(tag):
        raise RefusedError(
            f"the repository {registry.repository} has an image {tag} already ({short(found)}), and no release is "
            f"overwritten. Release that one: asset-manager release {tag} --no-build; or take another tag."
        )
    elif not yes and not sys.stdin.isatty():
        raise NotConfirmedError(f"nobody is at this terminal to be asked: release {tag}? Say --yes. Nothing was built.")
    tool = image.builder() if build else ""
    change = _begin(account, tag, RELEASED)
    if build:
        reference = f"{registry.uri}:{tag}"
        print(f"==> {tool} build {reference}", flush=True)
        image.build(tool, reference, settings.cpu_architecture)
        print(f"==> {tool} push {reference}", flush=True)
        image.push(tool, reference, registry.password())
    change.deploy(registry.require(tag), yes=yes, validate=validate)


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
    _begin(account, target.tag, BACK).deploy(found, yes=yes, validate=validate)


def _begin(account: Account, tag: str, outcome: Outcome) -> ImageChange:
    """Prepare the change; refuses if a deployment is under way, or if there is another change to deploy."""
    settings = account.settings
    file = ROOT / "environments" / f"{settings.environment}.yaml"
    before = file.read_text()
    after = with_image_tag(before, tag)
    in_progress.refuse(settings)
    prepared = workspace.prepare(account)
    if workspace.is_anything_to_change(prepared):
        raise RefusedError(
            f"there is something to deploy besides {tag} (the plan stands above), and it would be deployed unasked. "
            "Deploy it first (asset-manager deploy), or take it back. Nothing was changed."
        )
    serving = releases.what_serves(account)
    if serving is None:
        raise RefusedError(f"the services of {settings.environment} are not there. First: asset-manager deploy")
    return ImageChange(
        workspace=prepared,
        serving=serving,
        tag=tag,
        outcome=outcome,
        file=file,
        before=before,
        after=after,
    )


def _require_a_tag(settings: Settings, tag: str) -> None:
    """Raise unless the environment file accepts the tag."""
    try:
        Settings.model_validate({**settings.model_dump(), "image_tag": tag})
    except ValidationError as error:
        (problem,) = error.errors()
        raise CommandLineError(f"{tag!r} is no tag of an image; allowed: {problem['ctx']['error']}.") from error
