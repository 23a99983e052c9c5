"""What serves, as ECS says it, and what was released before, as SSM keeps it; `asset-manager releases`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from ops.aws import steady
from ops.console.errors import OperatorError
from ops.deploying import release_record
from ops.deploying.prune import launched
from ops.deploying.release_record import FOUND, Outcome, Record
from ops.terraform import workspace as shell
from ops.terraform.run import Terraform
from settings.load import Settings, load

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ServiceTypeDef


@dataclass(frozen=True, kw_only=True)
class Serving:
    """The image that web servers are of, and the revisions that web, daemon and the next run are of."""

    digest: str
    since: datetime
    web: str
    daemon: str
    run: str


def releases(environment: str, *, as_json: bool) -> None:
    """Print them, the newest first."""
    settings = load(environment)
    shell.check_credentials(settings)
    now, found = what_serves(settings), history(settings)
    digest = now.digest if now else None
    if as_json:
        print(release_record.as_json(found, digest))
    elif found:
        print(release_record.table(found, digest))
        if not release_record.serving(found, digest):
            print(f"\nWhat serves, {digest or 'nothing'}, was put there by no release that is recorded.")
    else:
        print(f"no release of {environment} is recorded yet. The first: asset-manager release TAG")


def what_serves(settings: Settings) -> Serving | None:
    """None where nothing is deployed."""
    ecs, names = boto3.client("ecs", region_name=settings.region), settings.names
    wanted = [names.web_service, names.daemon_service]
    try:
        described = ecs.describe_services(cluster=settings.existing.cluster, services=wanted)["services"]
    except ecs.exceptions.ClusterNotFoundException:
        return None
    services: dict[str, ServiceTypeDef] = {one["serviceName"]: one for one in described if one["status"] == "ACTIVE"}
    if services.keys() != set(wanted):
        return None
    web = services[names.web_service]
    definition = ecs.describe_task_definition(taskDefinition=web["taskDefinition"])["taskDefinition"]
    return Serving(
        digest=definition["containerDefinitions"][0]["image"].rpartition("@")[2],
        since=web["deployments"][0]["createdAt"],
        web=_revision(web["taskDefinition"]),
        daemon=_revision(services[names.daemon_service]["taskDefinition"]),
        run=_revision(launched(settings)),
    )


def history(settings: Settings) -> list[Record]:
    """The newest first."""
    ssm = boto3.client("ssm", region_name=settings.region)
    pages = ssm.get_paginator("get_parameter_history").paginate(Name=_parameter(settings))
    try:
        versions = [version for page in pages for version in page["Parameters"]]
    except ssm.exceptions.ParameterNotFound:
        return []
    found = []
    for version in sorted(versions, key=lambda version: version["Version"], reverse=True):
        record = release_record.parse(version["Value"])
        if record:
            found.append(record)
        else:
            print(f"version {version['Version']} of {_parameter(settings)} is no record; left out", file=sys.stderr)
    return found


def what_was_applied(settings: Settings, services: Terraform, before: Serving, digest: str) -> Serving:
    """The revisions that Terraform made of an image, whatever ECS made of them; none where it came to none."""
    applied = steady.applied(services.state())
    made = [applied.get(name, "") for name in (settings.names.web_service, settings.names.daemon_service)]
    there = (before.web, before.daemon, before.run)
    web, daemon, run = (
        "" if revision in there else revision for revision in map(_revision, (*made, launched(settings)))
    )
    return Serving(digest=digest, since=datetime.now(UTC), web=web, daemon=daemon, run=run)


def add(settings: Settings, image: Serving, tag: str, outcome: Outcome) -> None:
    """One record more; of what was found serving nobody knows who put it there, but since when it serves."""
    when = image.since if outcome == FOUND else datetime.now(UTC)
    who = "" if outcome == FOUND else boto3.client("sts", region_name=settings.region).get_caller_identity()["Arn"]
    record = Record(
        tag=tag,
        digest=image.digest,
        outcome=outcome,
        when=when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        who=who,
        web=image.web,
        daemon=image.daemon,
        run=image.run,
    )
    ssm = boto3.client("ssm", region_name=settings.region)
    try:
        ssm.put_parameter(
            Name=_parameter(settings), Type="String", Overwrite=True, Value=release_record.unparse(record)
        )
    except (BotoCoreError, ClientError) as error:
        raise OperatorError(
            f"{tag} {outcome}: this could not be recorded in {_parameter(settings)}: {error}"
        ) from error


def add_deployed(settings: Settings, outcome: Outcome) -> None:
    """What `deploy` put there, by hand or in a pipeline, if it is another image than the last that is recorded."""
    try:
        now = what_serves(settings)
        if now and not release_record.is_recorded(history(settings), now.digest):
            add(settings, now, settings.image_tag, outcome)
    except (OperatorError, BotoCoreError, ClientError) as error:
        print(f"    deployed, and not recorded as a release: {error}", file=sys.stderr, flush=True)


def _parameter(settings: Settings) -> str:
    return f"{settings.names.parameter_prefix}/RELEASE"


def _revision(arn: str) -> str:
    return arn.rpartition("/")[2]
