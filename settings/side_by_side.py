"""All environment files of a folder, side by side: the values that no two of them may share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from settings import connections, environment_file
from settings.environment_file import REPOSITORY, KeyPath, Problem
from settings.errors import SettingsError
from settings.facts import parameters
from settings.facts.arns import Arns
from settings.facts.policies import ExecutionAccess, execution_policy
from settings.facts.statements import compact
from settings.load import load
from settings.schema import Database, Settings

DIRECTORY = REPOSITORY / "environments"
# Each environment adds a policy to the execution role, which lists its parameters and log groups, and a shorter one to
# the task role. IAM allows this many characters for all inline policies of a role together; the quota is fixed.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
ROOM_ON_A_ROLE = 10_240
BUCKETS = ("artifacts_bucket", "access_logs_bucket", "state_bucket")

Clashes = dict[str, list[Problem]]


def load_all(directory: Path = DIRECTORY) -> tuple[dict[str, Settings], dict[str, SettingsError]]:
    """Return the settings by environment, and the errors by environment of the files that are not acceptable."""
    good, bad = dict[str, Settings](), dict[str, SettingsError]()
    for file in sorted(directory.glob("*.yaml")):
        try:
            good[file.stem] = load(file.stem, directory)
        except SettingsError as error:
            bad[file.stem] = error
    return good, bad


def refuse_clashes(environment: str, directory: Path = DIRECTORY) -> None:
    """Raise if this environment takes a value of another one; a file that is not acceptable takes none."""
    good, _ = load_all(directory)
    problems = [*taken(good).get(environment, ()), *too_many(good).get(environment, ())]
    if problems:
        raise environment_file.read(environment, directory).refusal(problems)


def taken(environments: Mapping[str, Settings]) -> Clashes:
    """Return the values that only one environment may have and two have, as a problem of each of the two."""
    owners = defaultdict[tuple[str, ...], dict[str, tuple[KeyPath, str]]](dict)
    for environment, settings in environments.items():
        for key, shown, identity in _own(settings):
            owners[identity][environment] = key, shown
    clashes = defaultdict[str, list[Problem]](list)
    for of in owners.values():
        for environment, (key, shown) in of.items():
            others = [_file(other) for other in of if other != environment]
            if others:
                text = f"given {shown!r}; allowed: one of its own, and {_and(others)} has the same"
                clashes[environment].append((key, text))
    for environment, settings in environments.items():
        clashes[environment] += _buckets_of_others(environment, settings, environments)
    return {environment: problems for environment, problems in clashes.items() if problems}


def _own(settings: Settings) -> Iterator[tuple[KeyPath, str, tuple[str, ...]]]:
    """Yield each key, its value, and the identity by which two values are the same."""
    database, snowflake = settings.database, settings.snowflake
    # Without the region: the names of roles belong to the account.
    yield ("name",), settings.name, ("name", settings.account_id, settings.name)
    yield ("dns", "host"), settings.dns.host, ("host", settings.dns.host)
    yield ("database", "name"), database.name, ("database", *_server(database), database.name)
    schema = (snowflake.account, snowflake.database, snowflake.schema_name)
    yield ("snowflake", "schema_name"), snowflake.schema_name, ("schema", *(part.upper() for part in schema))


def _server(database: Database) -> tuple[str, str]:
    """Supabase's pooler is one host for all projects of a region: the second part of the user is the project."""
    project = database.user.partition(".")[2] if database.host.endswith(".pooler.supabase.com") else ""
    return database.host, project


def _buckets_of_others(environment: str, settings: Settings, environments: Mapping[str, Settings]) -> Iterator[Problem]:
    """Bucket names are global; several may share the state bucket: the key of a state has the environment in it."""
    for key in BUCKETS[:2]:
        bucket = getattr(settings, key)
        for other, its in environments.items():
            used = [name for name in BUCKETS if getattr(its, name) == bucket]
            if used and other != environment:
                allowed = f"one of its own, and it is {used[0]} in {_file(other)}"
                yield (key,), f"given {bucket!r}; allowed: {allowed}"


def too_many(environments: Mapping[str, Settings]) -> Clashes:
    """Return servers and roles without room for all environments that share them, as a problem of each of these."""
    servers, roles = defaultdict[tuple[str, ...], list[str]](list), defaultdict[tuple[str, ...], list[str]](list)
    for environment, settings in environments.items():
        servers[_server(settings.database)].append(environment)
        roles[settings.account_id, settings.existing.execution_role].append(environment)
    clashes = defaultdict[str, list[Problem]](list)
    for together in servers.values():
        held = {environment: _connections(environments[environment]) for environment in together}
        for environment in together if len(together) > 1 else ():
            allowed = environments[environment].database.max_connections
            if sum(held.values()) > allowed:
                holders = _and([f"{name} ({count})" for name, count in held.items()])
                text = f"given {allowed}; allowed: no less than {holders} may hold together, {sum(held.values())}"
                clashes[environment].append((("database", "max_connections"), text))
    for (_, role), together in roles.items():
        needed = sum(policy_size(environments[environment]) for environment in together)
        for environment in together if needed > ROOM_ON_A_ROLE else ():
            text = (
                f"given {role!r}; allowed: a role with room for the policies of all that share it; those of "
                f"{_and(together)} have {needed} characters, and IAM allows {ROOM_ON_A_ROLE}"
            )
            clashes[environment].append((("existing", "execution_role"), text))
    return dict(clashes)


def policy_size(settings: Settings) -> int:
    """Return the length of the environment's policy on the execution role, in characters."""
    arns, names = Arns(settings), settings.names
    access = ExecutionAccess(
        repository_arn=arns.repository,
        log_group_arns=[*map(arns.log_group, (names.web_log_group, names.daemon_log_group, names.run_log_group))],
        parameter_arns=[*map(arns.parameter, parameters.injected(settings))],
        kms_key_arn=settings.kms_key_arn,
    )
    return len(compact(execution_policy(access)))


def _connections(settings: Settings) -> int:
    return connections.most(settings.web.most, settings.run.max_concurrent)


def _file(environment: str) -> str:
    return f"environments/{environment}.yaml"


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
