"""`asset-manager releases`: the image that serves, from ECS, and the record of releases, from SSM."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from ops.aws import parameters, steady
from ops.aws.account import Account
from ops.aws.ecs import active_services, short
from ops.console.errors import OperatorError
from ops.deploying import release_record
from ops.deploying.prune import next_run
from ops.deploying.release_record import FOUND, Outcome, Record
from ops.terraform.workspace import Workspace
from settings.load import load

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ServiceTypeDef


@dataclass(frozen=True, kw_only=True)
class Serving:
    """The image of the web service, and the revisions of web, daemon and the next run."""

    digest: str
    since: datetime
    web: str
    daemon: str
    run: str


def releases(environment: str, *, as_json: bool) -> None:
    """Print the record, the newest first."""
    account = Account.of_shell(load(environment))
    now, found = what_serves(account), history(account)
    digest = now.digest if now else None
    if as_json:
        print(release_record.as_json(found, digest))
    elif found:
        print(release_record.table(found, digest))
        if not release_record.serving(found, digest):
            print(f"\nWhat serves, {digest or 'nothing'}, was put there by no release that is recorded.")
    else:
        print(f"no release of {environment} is recorded yet. The first: asset-manager release TAG")


def what_serves(account: Account) -> Serving | None:
    """The image and the revisions that serve; None if nothing is deployed."""
    ecs, names = account.clients.ecs, account.settings.names
    wanted = [names.web_service, names.daemon_service]
    found = active_services(ecs, account.settings.existing.cluster, wanted)
    services: dict[str, ServiceTypeDef] = {service["serviceName"]: service for service in found}
    if services.keys() != set(wanted):
        return None
    web = services[names.web_service]
    definition = ecs.describe_task_definition(taskDefinition=web["taskDefinition"])["taskDefinition"]
    return Serving(
        digest=definition["containerDefinitions"][0]["image"].rpartition("@")[2],
        since=web["deployments"][0]["createdAt"],
        web=short(web["taskDefinition"]),
        daemon=short(services[names.daemon_service]["taskDefinition"]),
        run=short(next_run(account)),
    )


def history(account: Account) -> list[Record]:
    """The record of releases, the newest first."""
    found = []
    for version in parameters.history(account.clients.ssm, _parameter(account)):
        record = release_record.parse(version["Value"])
        if record:
            found.append(record)
        else:
            print(f"version {version['Version']} of {_parameter(account)} is no record; left out", file=sys.stderr)
    return found


def what_was_applied(workspace: Workspace, before: Serving, digest: str) -> Serving:
    """The revisions that Terraform registered for an image, even if ECS rolled them back; "" for those it did not."""
    applied, names = steady.applied(workspace.services.state()), workspace.settings.names
    made = [applied.get(name, "") for name in (names.web_service, names.daemon_service)]
    there = (before.web, before.daemon, before.run)
    web, daemon, run = (
        "" if revision in there else revision for revision in map(short, (*made, next_run(workspace.account)))
    )
    return Serving(digest=digest, since=datetime.now(UTC), web=web, daemon=daemon, run=run)


def add(account: Account, image: Serving, tag: str, outcome: Outcome) -> None:
    """Add a record; an image that no release deployed has the time since which it serves, and no caller."""
    when = image.since if outcome == FOUND else datetime.now(UTC)
    record = Record(
        tag=tag,
        digest=image.digest,
        outcome=outcome,
        when=when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        who="" if outcome == FOUND else account.caller,
        web=image.web,
        daemon=image.daemon,
        run=image.run,
    )
    try:
        parameters.put(account.clients.ssm, _parameter(account), release_record.unparse(record))
    except (BotoCoreError, ClientError) as error:
        raise OperatorError(f"{tag} {outcome}: this could not be recorded in {_parameter(account)}: {error}") from error


def add_deployed(account: Account, outcome: Outcome) -> None:
    """Record the image that `deploy` deployed, if it is another than the last recorded one."""
    try:
        now = what_serves(account)
        if now and not release_record.is_recorded(history(account), now.digest):
            add(account, now, account.settings.image_tag, outcome)
    except (OperatorError, BotoCoreError, ClientError) as error:
        print(f"    deployed, and not recorded as a release: {error}", file=sys.stderr, flush=True)


def _parameter(account: Account) -> str:
    return f"{account.settings.names.parameter_prefix}/RELEASE"
