"""`asset-manager prune`: deregisters old revisions of the task definitions, which Terraform leaves registered.

Terraform leaves them so that a run that has started, and a rollback, always find theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import yaml

from ops.aws import parameters
from ops.aws.account import Account
from ops.aws.ecs import short
from ops.aws.task_definitions import in_use, registered
from settings.load import load


def prune(environment: str, *, keep: int, dry_run: bool) -> None:
    """Keep the newest `keep` of each family, and each revision that a service or a task uses."""
    account = Account.of_shell(load(environment))
    ecs, names = account.clients.ecs, account.settings.names
    used = in_use(ecs, account.settings.existing.cluster, [names.web_service, names.daemon_service])
    used.add(next_run(account))
    for family in (names.web_family, names.daemon_family, names.run_family):
        revisions = registered(ecs, family)
        old = superfluous(revisions, used, keep)
        print(f"{family}: {len(revisions)} revisions, {len(old)} {'would go' if dry_run else 'go'}", flush=True)
        for arn in old:
            print(f"    {short(arn)}", flush=True)
            if not dry_run:
                ecs.deregister_task_definition(taskDefinition=arn)


def superfluous(newest_first: Sequence[str], used: Collection[str], keep: int) -> list[str]:
    """The revisions to deregister."""
    return [arn for arn in newest_first[keep:] if arn not in used]


def next_run(account: Account) -> str:
    """The revision that Dagster's configuration names for the next run; no task may use it yet."""
    stored = parameters.value(account.clients.ssm, f"{account.settings.names.parameter_prefix}/DAGSTER_YAML")
    return str(yaml.safe_load(stored)["run_launcher"]["config"]["task_definition"])
