"""`asset-manager release`: one line of the environment file changed, deployed, and undone if it fails.

    image -> digest -> image_tag in the file -> plan, ask -> apply services -> ECS is steady -> validate -> record
                                                              \\__________ fails: the file and the services as before

Commit the file then, so that everybody's plan is empty again (docs/decisions/0013-releases.md).
"""

from __future__ import annotations

import sys

from pydantic import ValidationError

from ops.aws.account import Account
from ops.aws.ecr import Registry
from ops.console.errors import CommandLineError, NotConfirmedError, RefusedError
from ops.deploying.release_record import RELEASED, short
from ops.releasing import image
from ops.releasing.image_change import begin
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
    change = begin(account, tag, RELEASED)
    if build:
        reference = f"{registry.uri}:{tag}"
        print(f"==> {tool} build {reference}", flush=True)
        image.build(tool, reference, settings.cpu_architecture)
        print(f"==> {tool} push {reference}", flush=True)
        image.push(tool, reference, registry.password())
    change.deploy(registry.require(tag), yes=yes, validate=validate)


def _require_a_tag(settings: Settings, tag: str) -> None:
    """Raise unless the environment file accepts the tag."""
    try:
        Settings.model_validate({**settings.model_dump(), "image_tag": tag})
    except ValidationError as error:
        (problem,) = error.errors()
        raise CommandLineError(f"{tag!r} is no tag of an image; allowed: {problem['ctx']['error']}.") from error
