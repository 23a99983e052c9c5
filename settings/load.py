"""Reads environments/<name>.yaml into Settings, or raises an error that lists every problem in it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from settings import connections, environment_file
from settings.environment_file import REPOSITORY, EnvironmentFile, KeyPath, Problem
from settings.errors import SettingsError
from settings.facts.arn import arn
from settings.names import DAGSTER_PORT, covers, derive, too_long
from settings.schema import Settings

__all__ = ["Settings", "SettingsError", "load"]

# https://supabase.com/docs/guides/database/connecting-to-postgres
POOLER, TRANSACTIONS = ".pooler.supabase.com", 6543
# Defaults that derive from another key: the key, the template of its value, and the other key.
_DERIVED: tuple[tuple[KeyPath, str, KeyPath], ...] = (
    (("artifacts_bucket",), "{}-artifacts", ("name",)),
    (("access_logs_bucket",), "{}-access-logs", ("name",)),
    (("existing", "vpc_name"), "{}-vpc", ("organization",)),
    (("existing", "cluster"), "{}", ("name",)),
    (("existing", "repository"), "{}", ("name",)),
    (("existing", "execution_role"), "{}-ecs-execution-role", ("organization",)),
    (("existing", "task_role"), "{}-ecs-task-role", ("organization",)),
    (("existing", "certificate_domain"), "*.{}", ("dns", "zone")),
)


def load(environment: str, directory: Path = REPOSITORY / "environments") -> Settings:
    """Return the settings of environments/<environment>.yaml, or raise a SettingsError that lists every problem."""
    file = environment_file.read(environment, directory)
    data = {**_with_derived(file.data), "environment": environment}
    settings, errors = None, list[ErrorDetails]()
    try:
        settings = Settings.model_validate(data)
    except ValidationError as error:
        # `file.problems` has the keys that are not text.
        errors = [each for each in error.errors(include_url=False) if each["type"] != "invalid_key"]
    wrong = {error["loc"] for error in errors}
    problems = [*file.problems]
    if "environment" in file.data:
        problems.append((("environment",), "unknown key; the environment's name is the file's"))
    # If the source of a derived value is wrong, the message about the source is enough.
    sources = {key: source for key, _, source in _DERIVED if _at(file.data, key) is None}
    problems += [_problem(error, file) for error in errors if not _is_wrong(sources.get(error["loc"], ()), wrong)]
    problems += _across(lambda *key: None if _is_wrong(key, wrong) else _at(data, key), file)
    if settings is None or problems:
        raise file.refusal(problems)
    return settings


def _at(data: Any, key: KeyPath) -> Any:
    for part in key:
        data = data.get(part) if isinstance(data, dict) else None
    return data


def _is_wrong(key: KeyPath, wrong: set[KeyPath]) -> bool:
    return any(key[:length] in wrong for length in range(1, len(key) + 1))


def _with_derived(given: dict[str, Any]) -> dict[str, Any]:
    existing = given.get("existing", {})
    data = {**given, "existing": {**existing} if isinstance(existing, dict) else existing}
    for key, template, source in _DERIVED:
        parent, value = _at(data, key[:-1]), _at(data, source)
        if isinstance(parent, dict) and isinstance(value, str):
            parent.setdefault(key[-1], template.format(value))
    return data


def _problem(error: ErrorDetails, file: EnvironmentFile) -> Problem:
    key, kind = error["loc"], error["type"]
    model: Any = Settings
    for part in key[:-1]:
        model = _model(model.model_fields[part].annotation)
    if kind == "missing":
        return key, f"missing; {model.model_fields[key[-1]].description}"
    if kind == "extra_forbidden":
        known = [name for name in model.model_fields if model is not Settings or name != "environment"]
        nearest = difflib.get_close_matches(str(key[-1]), known, n=1)
        help_ = f"the nearest known one is {nearest[0]}" if nearest else f"known: {', '.join(known)}"
        return key, f"unknown key; {help_}"
    allowed = {"model_type": "keys and values", "tuple_type": "a list"}.get(kind) or str(error["ctx"]["error"])
    return key, f"given {file.given(key, error['input'])}; allowed: {allowed}"


def _model(annotation: Any) -> type[BaseModel]:
    """Return the model itself if the key may also be null."""
    model: type[BaseModel] = next((each for each in get_args(annotation) if each is not type(None)), annotation)
    return model


def _too_many_connections(good: Callable[..., Any], file: EnvironmentFile) -> Iterator[Problem]:
    web, runs = good("web") or {}, good("run") or {}
    counts = web.get("max_count") or web.get("desired_count", 1), runs.get("max_concurrent", 10)
    allowed = good("database", "max_connections")
    if all(type(number) is int for number in (*counts, allowed)) and connections.most(*counts) > allowed:
        key = ("run", "max_concurrent")
        what = (
            f"what database.max_connections, {allowed}, has room for: {counts[0]} web servers (twice, while a "
            f"deployment rolls), the daemon and {counts[1]} runs may hold {connections.most(*counts)}"
        )
        yield key, f"given {file.given(key, str(counts[1]))}; allowed: {what}"


def _across(good: Callable[..., Any], file: EnvironmentFile) -> Iterator[Problem]:
    """Yield the problems between keys that are acceptable by themselves."""
    name, organization = good("name") or "", good("organization") or ""
    names = derive(name, organization, good("web", "port") or DAGSTER_PORT)
    for setting, allowed in too_long(name, organization, names):
        yield (setting,), f"given {file.given((setting,), name)}; allowed: {allowed}"
    host, certificate = good("dns", "host"), good("existing", "certificate_domain")
    if host and certificate and not covers(certificate, host):
        key = ("existing", "certificate_domain")
        yield key, f"given {file.given(key, certificate)}; allowed: a domain that covers dns.host, {host!r}"
    for bucket, other, why in (
        ("artifacts_bucket", "state_bucket", "tasks may write to this one"),
        ("access_logs_bucket", "state_bucket", "the load balancer writes to this one"),
        ("access_logs_bucket", "artifacts_bucket", "tasks may delete what is in that one"),
    ):
        if good(bucket) and good(bucket) == good(other):
            yield (bucket,), f"given {file.given((bucket,), good(bucket))}; allowed: not {other}, since {why}"
    yield from _too_many_connections(good, file)
    key_arn, region, account = good("kms_key_arn"), good("region"), good("account_id")
    if key_arn and region and account and not key_arn.startswith(keys := arn("kms", "key/", region, account)):
        # A bucket and a parameter accept a key of their own region only; the policies are of roles of this account.
        allowed = f"a key of this region and account, {keys}<id>"
        yield ("kms_key_arn",), f"given {file.given(('kms_key_arn',), key_arn)}; allowed: {allowed}"
    host, port, user = good("database", "host"), good("database", "port"), good("database", "user") or ""
    if host and host.endswith(POOLER):
        # Transaction mode, 6543, keeps no session, and Dagster needs one; the user name has the project in it.
        if port == TRANSACTIONS:
            key = ("database", "port")
            yield key, f"given {file.given(key, str(port))}; allowed: Supabase's session pooler, 5432, and not 6543"
        if "." not in user:
            key = ("database", "user")
            yield key, f"given {file.given(key, user or 'postgres')}; allowed: at Supabase's pooler postgres.<ref>"
    if port in (80, 443):
        key = ("database", "port")
        yield key, f"given {file.given(key, str(port))}; allowed: not 80 or 443, for which there is a rule already"
