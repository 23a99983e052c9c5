"""The settings of one deployment: typed, checked all at once, read from environments/<name>.yaml. Imports no cdktf."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails

from stacks import environment_file, rules
from stacks.environment_file import REPOSITORY, EnvironmentFile, KeyPath, Problem, SettingsError
from stacks.names import DAGSTER_PORT, Names, covers, derive, too_long

__all__ = ["Settings", "SettingsError", "load"]

# What a key is when the file does not say: the key, its value, the key that it is made from.
_DERIVED: tuple[tuple[KeyPath, str, KeyPath], ...] = (
    (("artifacts_bucket",), "{}-artifacts", ("name",)),
    (("existing", "vpc_name"), "{}-vpc", ("organization",)),
    (("existing", "cluster"), "{}", ("name",)),
    (("existing", "repository"), "{}", ("name",)),
    (("existing", "execution_role"), "{}-ecs-execution-role", ("organization",)),
    (("existing", "task_role"), "{}-ecs-task-role", ("organization",)),
    (("existing", "certificate_domain"), "*.{}", ("dns", "zone")),
)


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", validate_default=True)


class Dns(_Model):
    """Where users find Dagster."""

    zone: rules.Domain = Field(description="the Route53 zone, which exists")
    host: rules.Domain = Field(description="the name that users open, in the zone")

    @field_validator("host")
    @classmethod
    def _is_in_the_zone(cls, host: str, info: ValidationInfo) -> str:
        zone = info.data.get("zone", host)  # absent when it is wrong itself
        if host != zone and not host.endswith(f".{zone}"):
            raise ValueError(f"a name in the zone {zone!r}")
        return host


class Database(_Model):
    """Dagster's Postgres; its password is no setting but a secret."""

    host: rules.Domain = Field(description="the server's name")
    port: rules.Port = Field(default=5432, description="the server's port")
    name: rules.Plain = Field(default="postgres", description="the database")
    user: rules.Plain = Field(default="postgres", description="who connects")


class Snowflake(_Model):
    """Where the metrics are cached; its password is no setting but a secret."""

    account: rules.Plain = Field(description="the account's identifier, such as example-eu12345")
    user: rules.Plain = Field(default="ASSET_MANAGER", description="who connects")
    database: rules.Plain = Field(default="ASSET_MANAGER", description="the database, which exists")
    schema_name: rules.Plain = Field(default="METRICS", description="the schema, which exists")
    warehouse: rules.Plain = Field(default="ASSET_MANAGER", description="the warehouse, which exists")


class SecretVersions(_Model):
    """A number for each secret; Terraform sends the secret anew when it changes."""

    auth0_client_secret: rules.Version = Field(default=1, description="the version of AUTH0_CLIENT_SECRET")
    dagster_pg_password: rules.Version = Field(default=1, description="the version of DAGSTER_PG_PASSWORD")
    metrics_database_url: rules.Version = Field(default=1, description="the version of METRICS_DATABASE_URL")
    snowflake_password: rules.Version = Field(default=1, description="the version of SNOWFLAKE_PASSWORD")


class TaskSize(_Model):
    """A pair that Fargate knows."""

    cpu: rules.Cpu = Field(default=2048, description="CPU units, 1024 to the core")
    memory: int = Field(default=4096, description="MiB")

    @field_validator("memory", mode="before")
    @classmethod
    def _goes_with_the_cpu(cls, memory: object, info: ValidationInfo) -> object:
        sizes = rules.FARGATE_SIZES.get(info.data.get("cpu", 0))  # no cpu when it is wrong itself
        if sizes and memory not in sizes:
            raise ValueError(f"with cpu {info.data['cpu']} one of {', '.join(map(str, sizes))}")
        if type(memory) is not int:
            raise ValueError("MiB, a whole number")
        return memory


class RunSize(TaskSize):
    """The size of one run's task."""

    cpu: rules.Cpu = Field(default=512, description="CPU units, 1024 to the core")
    memory: int = Field(default=1024, description="MiB")


class Web(TaskSize):
    """The webserver's tasks."""

    port: rules.Port = Field(default=DAGSTER_PORT, description="where the webserver listens")
    desired_count: rules.Count = Field(default=1, description="how many webservers")


class Existing(_Model):
    """What is looked up and never created."""

    vpc_name: rules.VpcName = Field(description="the VPC's Name tag; <organization>-vpc")
    cluster: rules.ClusterName = Field(description="the ECS cluster; <name>")
    repository: rules.EcrRepository = Field(description="the ECR repository; <name>")
    execution_role: rules.Role = Field(description="the role that starts tasks; <organization>-ecs-execution-role")
    task_role: rules.Role = Field(description="the role that tasks act in; <organization>-ecs-task-role")
    certificate_domain: rules.CertificateDomain = Field(description="the ACM certificate's domain; *.<zone>")


class Settings(_Model):
    """One deployment; made by `load`, which also fills in what derives from other keys."""

    environment: rules.Environment = Field(description="the file's name, and no key in it")
    name: rules.AppName = Field(description="the application; all names derive from it")
    organization: rules.Organization = Field(
        description="whose it is; the first part of log groups, shared roles and VPC"
    )
    account_id: rules.AccountId = Field(description="the AWS account, 12 digits in quotes")
    region: rules.Region = Field(description="the AWS region")
    state_bucket: rules.Bucket = Field(description="the bucket of Terraform's state, which exists")
    artifacts_bucket: rules.Bucket = Field(description="compute logs and IO artifacts; <name>-artifacts")
    image_tag: rules.ImageTag = Field(default="latest", description="the image in the ECR repository")
    log_retention_days: rules.RetentionDays = Field(default=30, description="how long logs are kept")
    allowed_cidrs: tuple[rules.Cidr, ...] = Field(
        default=("0.0.0.0/0",), strict=False, description="who may reach the load balancer"
    )
    auth0_client_id: rules.Plain = Field(description="the application's id in Auth0, which is no secret")
    dns: Dns = Field(description="where users find Dagster: zone, host")
    code_location: rules.PythonModule = Field(
        default="asset_manager.definitions", description="the module in the image that holds the Dagster definitions"
    )
    database: Database = Field(description="Dagster's Postgres: host, port, name, user")
    snowflake: Snowflake = Field(description="the metrics cache: account, user, database, schema_name, warehouse")
    secret_versions: SecretVersions = Field(default=SecretVersions(), description="raised when a secret is rotated")
    web: Web = Field(default=Web(), description="the webserver's size, port and count")
    daemon: TaskSize = Field(default=TaskSize(), description="the daemon's size")
    run: RunSize = Field(default=RunSize(), description="a run's size")
    existing: Existing = Field(description="what is looked up and never created")

    @field_validator("allowed_cidrs")
    @classmethod
    def _are_some_and_each_once(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        if not networks or len(set(networks)) < len(networks):  # AWS refuses the same rule twice
            raise ValueError("at least one network, and each once")
        return networks

    @property
    def names(self) -> Names:
        """What everything is called."""
        return derive(self.name, self.organization, self.web.port)

    def state_key(self, stack: str) -> str:
        """Where in the state bucket a stack's state is."""
        return f"{self.name}/{self.environment}/{stack}.tfstate"


def load(environment: str, directory: Path = REPOSITORY / "environments") -> Settings:
    """The settings in environments/<environment>.yaml, or a SettingsError with every problem in them."""
    file = environment_file.read(environment, directory)
    data = {**_with_derived(file.data), "environment": environment}
    settings, errors = None, list[ErrorDetails]()
    try:
        settings = Settings.model_validate(data)
    except ValidationError as error:
        errors = [each for each in error.errors(include_url=False) if each["type"] != "invalid_key"]  # the file said it
    wrong = {error["loc"] for error in errors}
    problems = [*file.problems]
    if "environment" in file.data:
        problems.append((("environment",), "unknown key; the environment's name is the file's"))
    # A derived value is no better than its source, and the source is named already.
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
        model = model.model_fields[part].annotation
    if kind == "missing":
        return key, f"missing; {model.model_fields[key[-1]].description}"
    if kind == "extra_forbidden":
        known = [name for name in model.model_fields if model is not Settings or name != "environment"]
        nearest = difflib.get_close_matches(str(key[-1]), known, n=1)
        help_ = f"the nearest known one is {nearest[0]}" if nearest else f"known: {', '.join(known)}"
        return key, f"unknown key; {help_}"
    allowed = {"model_type": "keys and values", "tuple_type": "a list"}.get(kind) or str(error["ctx"]["error"])
    return key, f"given {file.given(key, error['input'])}; allowed: {allowed}"


def _across(good: Callable[..., Any], file: EnvironmentFile) -> Iterator[Problem]:
    """What is wrong between keys that are right by themselves."""
    name, organization = good("name") or "", good("organization") or ""
    made = derive(name, organization, good("web", "port") or DAGSTER_PORT)
    for setting, allowed in too_long(name, organization, made):
        yield (setting,), f"given {file.given((setting,), name)}; allowed: {allowed}"
    host, certificate = good("dns", "host"), good("existing", "certificate_domain")
    if host and certificate and not covers(certificate, host):
        key = ("existing", "certificate_domain")
        yield key, f"given {file.given(key, certificate)}; allowed: a domain that covers dns.host, {host!r}"
    artifacts, port = good("artifacts_bucket"), good("database", "port")
    if artifacts and artifacts == good("state_bucket"):
        allowed = "not state_bucket, since tasks may write to this one"
        yield ("artifacts_bucket",), f"given {file.given(('artifacts_bucket',), artifacts)}; allowed: {allowed}"
    if port in (80, 443):
        key = ("database", "port")
        yield key, f"given {file.given(key, str(port))}; allowed: not 80 or 443, for which there is a rule already"
