"""Settings are right or refused, all problems at once, before cdktf is imported."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from stacks.rules import FARGATE_SIZES
from stacks.settings import Settings, SettingsError, load

REPOSITORY = Path(__file__).resolve().parents[2]
MINIMAL = """\
name: app
organization: org
account_id: "111122223333"
region: us-west-1
state_bucket: org-state
auth0_client_id: example
dns: {zone: example.com, host: dg.example.com}
database: {host: db.example.com}
"""
NAMED = "lower-case letters, digits and hyphens, a letter first and no hyphen last"
DOMAIN = "a domain name in lower case"
PLAIN = "letters, digits and any of . _ -"
S3 = "3 to 63 lower-case letters, digits, dots and hyphens, as S3 accepts them"
QUOTES = "in quotes (without them YAML reads no text here)"


def _with(directory: Path, **lines: str) -> Path:
    """The minimal file with these lines in place of those of the same key; an empty one leaves the key out."""
    kept = [line for line in MINIMAL.splitlines() if line.partition(":")[0] not in lines]
    text = "\n".join([*kept, *filter(None, lines.values())])
    (directory / "test.yaml").write_text(text + "\n", encoding="utf-8")
    return directory


def _refusal(directory: Path) -> list[str]:
    """The problems, without the file's name, which each begins with."""
    with pytest.raises(SettingsError) as refused:
        load("test", directory)
    assert refused.value.exit_code == 2
    file = str(directory / "test.yaml")
    lines = str(refused.value).splitlines()
    assert all(line.startswith(file + ":") for line in lines)
    return [line.removeprefix(file).lstrip(":0123456789").removeprefix(" ") for line in lines]


def test_what_a_minimal_file_leaves_out_has_its_documented_default(tmp_path: Path) -> None:
    settings = load("test", _with(tmp_path))
    assert settings.model_dump() == {
        "environment": "test",
        "name": "app",
        "organization": "org",
        "account_id": "111122223333",
        "region": "us-west-1",
        "state_bucket": "org-state",
        "artifacts_bucket": "app-artifacts",
        "image_tag": "latest",
        "log_retention_days": 30,
        "allowed_cidrs": ("0.0.0.0/0",),
        "auth0_client_id": "example",
        "dns": {"zone": "example.com", "host": "dg.example.com"},
        "database": {"host": "db.example.com", "port": 5432, "name": "postgres", "user": "postgres"},
        "secret_versions": {"auth0_client_secret": 1, "dagster_pg_password": 1},
        "web": {"cpu": 2048, "memory": 4096, "port": 3000, "desired_count": 1},
        "daemon": {"cpu": 2048, "memory": 4096},
        "run": {"cpu": 512, "memory": 1024},
        "existing": {
            "vpc_name": "org-vpc",
            "cluster": "app",
            "repository": "app",
            "execution_role": "org-ecs-execution-role",
            "task_role": "org-ecs-task-role",
            "certificate_domain": "*.example.com",
        },
    }
    assert settings.names.alb == "app-alb"
    assert settings.state_key("base") == "app/test/base.tfstate"
    with pytest.raises(ValidationError, match="frozen"):
        settings.name = "other"  # type: ignore[misc]


def test_prod_writes_down_every_key_there_is() -> None:
    """So that nobody has to look up a default of the deployment that matters."""
    settings = load("prod")
    assert Settings.model_fields.keys() - settings.model_fields_set == set()
    for name in ("dns", "database", "secret_versions", "web", "daemon", "run"):
        part = getattr(settings, name)
        assert type(part).model_fields.keys() == part.model_fields_set


def test_prod_and_staging_share_no_account_bucket_domain_state_or_vpc() -> None:
    prod, staging = load("prod"), load("staging")
    for key in ("account_id", "state_bucket", "artifacts_bucket", "dns", "auth0_client_id", "database", "existing"):
        assert getattr(prod, key) != getattr(staging, key)
    assert prod.existing.vpc_name != staging.existing.vpc_name
    assert prod.state_key("base") != staging.state_key("base")


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        # keys
        ({"x": "organisation: org"}, ["organisation: unknown key; the nearest known one is organization"]),
        ({"web": "web: {memroy: 1}"}, ["web.memroy: unknown key; the nearest known one is memory"]),
        ({"dns": "dns: {zone: e.com, host: a.e.com, qqq: 1}"}, ["dns.qqq: unknown key; known: zone, host"]),
        ({"x": "environment: prod"}, ["environment: unknown key; the environment's name is the file's"]),
        ({"x": "on: 1"}, ["on: unknown key; a key is text"]),
        ({"x": "region: us-east-1"}, ["region: given twice, in lines 4 and 9; allowed: once"]),
        ({"region": ""}, ["region: missing; the AWS region"]),
        ({"database": "database: {}"}, ["database.host: missing; the server's name"]),
        ({"name": ""}, ["name: missing; the application; all names derive from it"]),
        ({"dns": ""}, ["dns: missing; where users find Dagster: zone, host"]),
        # types
        ({"web": "web:"}, ["web: given nothing; allowed: keys and values"]),
        ({"dns": "dns: example.com"}, ["dns: given 'example.com'; allowed: keys and values"]),
        ({"x": "existing: [a]"}, ["existing: given a list; allowed: keys and values"]),
        ({"web": 'web: {port: "3000"}'}, ["web.port: given '3000'; allowed: a whole number, 1 to 65535"]),
        ({"web": "web: {desired_count: yes}"}, ["web.desired_count: given yes; allowed: a whole number, 0 or more"]),
        ({"x": "image_tag: 1.10"}, [f"image_tag: given 1.10; allowed: {PLAIN}, 128 at most and none of . - first, {QUOTES}"]),
        ({"x": "allowed_cidrs: 0.0.0.0/0"}, ["allowed_cidrs: given '0.0.0.0/0'; allowed: a list"]),
        # sizes
        (
            {"web": "web: {memory: 1024}"},
            [
                "web.memory: given 1024; allowed: with cpu 2048 one of 4096, 5120, 6144, 7168, 8192, 9216, 10240, 11264, "
                "12288, 13312, 14336, 15360, 16384"
            ],
        ),
        ({"run": "run: {cpu: 256, memory: 4096}"}, ["run.memory: given 4096; allowed: with cpu 256 one of 512, 1024, 2048"]),
        ({"x": "daemon: {cpu: 256}"}, ["daemon.memory: given 4096 by default; allowed: with cpu 256 one of 512, 1024, 2048"]),
        (
            {"x": "daemon: {cpu: 300, memory: lots}"},
            [
                "daemon.cpu: given 300; allowed: one of 256, 512, 1024, 2048, 4096, 8192, 16384",
                "daemon.memory: given 'lots'; allowed: MiB, a whole number",
            ],
        ),
        # names and numbers
        ({"account_id": "account_id: 111122223333"}, [f"account_id: given 111122223333; allowed: 12 digits, {QUOTES}"]),
        ({"account_id": "account_id: 011112222333"}, [f"account_id: given 011112222333; allowed: 12 digits, {QUOTES}"]),
        ({"account_id": 'account_id: "123"'}, ["account_id: given '123'; allowed: 12 digits"]),
        ({"region": "region: us-west"}, ["region: given 'us-west'; allowed: an AWS region such as us-west-1"]),
        ({"name": "name: App"}, [f"name: given 'App'; allowed: {NAMED}; aws, ssm, sg- and internal- in front are AWS's own"]),
        ({"organization": "organization: aws"}, [f"organization: given 'aws'; allowed: {NAMED}; log groups of aws/ are AWS's own"]),
        ({"state_bucket": "state_bucket: My_Bucket"}, [f"state_bucket: given 'My_Bucket'; allowed: {S3}"]),
        ({"state_bucket": "state_bucket: 10.0.0.1"}, [f"state_bucket: given '10.0.0.1'; allowed: {S3}"]),
        ({"x": "artifacts_bucket: a..b"}, [f"artifacts_bucket: given 'a..b'; allowed: {S3}"]),
        ({"name": "name: xn--a"}, [f"artifacts_bucket: given 'xn--a-artifacts' by default; allowed: {S3}"]),
        ({"web": "web: {port: 65536}"}, ["web.port: given 65536; allowed: a whole number, 1 to 65535"]),
        ({"auth0_client_id": 'auth0_client_id: "${x}"'}, [f"auth0_client_id: given '${{x}}'; allowed: {PLAIN}"]),
        (
            {"x": "log_retention_days: 31"},
            [
                "log_retention_days: given 31; allowed: one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, "
                "1096, 1827, 2192, 2557, 2922, 3288, 3653"
            ],
        ),
        # networks
        ({"x": "allowed_cidrs: [all]"}, ["allowed_cidrs[0]: given 'all'; allowed: an IPv4 network, such as 10.0.0.0/8"]),
        ({"x": 'allowed_cidrs: ["::/0"]'}, ["allowed_cidrs[0]: given '::/0'; allowed: an IPv4 network, such as 10.0.0.0/8"]),
        (
            {"x": "allowed_cidrs: [10.0.0.1/8, 10.0.0.1]"},
            [
                "allowed_cidrs[0]: given '10.0.0.1/8'; allowed: the network itself, 10.0.0.0/8",
                "allowed_cidrs[1]: given '10.0.0.1'; allowed: the network itself, 10.0.0.1/32",
            ],
        ),
        ({"x": "allowed_cidrs: []"}, ["allowed_cidrs: given a list; allowed: at least one network, and each once"]),
        # domains
        ({"dns": "dns: {zone: e.com, host: dg.other.com}"}, ["dns.host: given 'dg.other.com'; allowed: a name in the zone 'e.com'"]),
        ({"dns": "dns: {zone: e.com, host: dge.com}"}, ["dns.host: given 'dge.com'; allowed: a name in the zone 'e.com'"]),
        ({"dns": "dns: {zone: e_.com, host: dg.e.com}"}, [f"dns.zone: given 'e_.com'; allowed: {DOMAIN}"]),
        (
            {"dns": "dns: {zone: e.com, host: a.b.e.com}"},
            ["existing.certificate_domain: given '*.e.com' by default; allowed: a domain that covers dns.host, 'a.b.e.com'"],
        ),
        # what may be a secret is not repeated
        ({"x": "secret_versions: {dagster_pg_password: hunter2}"}, ["secret_versions.dagster_pg_password: given text; allowed: a whole number, 1 or more"]),
        ({"x": "dagster_pg_passwort: hunter2"}, ["dagster_pg_passwort: unknown key; known: name, organization, account_id, region, state_bucket, artifacts_bucket, image_tag, log_retention_days, allowed_cidrs, auth0_client_id, dns, database, secret_versions, web, daemon, run, existing"]),
        ({"database": "database: {host: 'postgres://u:hun@ter2@h/db'}"}, [f"database.host: given 'postgres://***@h/db'; allowed: {DOMAIN}"]),
    ],
)  # fmt: skip
def test_a_wrong_value_says_where_what_was_given_and_what_is_allowed(
    tmp_path: Path, changes: dict[str, str], problems: list[str]
) -> None:
    assert _refusal(_with(tmp_path, **changes)) == problems


def test_every_problem_is_said_at_once_in_the_files_order_and_with_its_line(tmp_path: Path) -> None:
    name = "n" * 26
    directory = _with(tmp_path, name=f"name: {name}", organization="", region="region: moon", web="web: {memory: 1}",
                      x="existing: {certificate_domain: other.com}")  # fmt: skip
    with pytest.raises(SettingsError) as refused:
        load("test", directory)
    file = directory / "test.yaml"
    assert str(refused.value).splitlines() == [
        f"{file}:6: name: given '{name}'; allowed: at most 25 characters: "
        f"target group '{name}-web-tg' has 33, AWS allows 32",
        f"{file}:7: region: given 'moon'; allowed: an AWS region such as us-west-1",
        f"{file}:8: web.memory: given 1; allowed: with cpu 2048 one of 4096, 5120, 6144, 7168, 8192, 9216, 10240, "
        "11264, 12288, 13312, 14336, 15360, 16384",
        f"{file}:9: existing.certificate_domain: given 'other.com'; allowed: a domain that covers dns.host, 'dg.example.com'",
        f"{file}: organization: missing; whose it is; the first part of log groups, shared roles and VPC",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name: app\ndns: [\n", ":3:1: not valid YAML: did not find expected node content"),
        (b"name: app\nx: \xff\n", ":2:4: not valid YAML: invalid leading UTF-8 octet"),
        (b"x: 2026-02-30\n", ": not valid YAML: day is out of range for month"),
        (b"", ": given nothing; allowed: keys and values, as in environments/prod.yaml"),
        (b"- a\n", ": given a list; allowed: keys and values, as in environments/prod.yaml"),
        (b"a: &a\n  b: *a\n", ":1: a: unknown key; known: name, "),
    ],
)
def test_a_file_that_is_no_yaml_says_where(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "test.yaml").write_bytes(content)
    with pytest.raises(SettingsError) as refused:
        load("test", tmp_path)
    assert str(refused.value).startswith(f"{tmp_path / 'test.yaml'}{message}")


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "test.yaml").mkdir()
    with pytest.raises(SettingsError) as refused:
        load("test", tmp_path)
    assert str(refused.value) == f"{tmp_path / 'test.yaml'}: cannot be read: Is a directory"


@pytest.mark.parametrize(
    ("environment", "there_are"), [("stagin", "staging, prod"), ("../prod", "prod, staging"), ("Prod", "prod, staging")]
)
def test_an_unknown_environment_names_those_there_are_nearest_first(environment: str, there_are: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(environment)
    assert str(refused.value) == (
        f"environments: no environment {environment!r}; there is {there_are}. "
        "A name is lower-case letters, digits and hyphens, a letter first, and its file is <name>.yaml."
    )


@pytest.mark.parametrize(
    ("cpu", "least", "most", "sizes"),
    [
        (256, 512, 2048, 3),
        (512, 1024, 4096, 4),
        (1024, 2048, 8192, 7),
        (2048, 4096, 16384, 13),
        (4096, 8192, 30720, 23),
        (8192, 16384, 61440, 12),
        (16384, 32768, 122880, 12),
    ],
)
def test_fargates_table_is_whole(cpu: int, least: int, most: int, sizes: int) -> None:
    memory = FARGATE_SIZES[cpu]
    assert (memory[0], memory[-1], len(memory)) == (least, most, sizes)


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        yield f"{model.__name__}.{name}", field
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _fields(field.annotation)


def test_every_key_is_described() -> None:
    fields = dict(_fields(Settings))
    assert len(fields) > 35
    assert [name for name, field in fields.items() if not field.description] == []


def test_loading_takes_under_half_a_second_and_no_cdktf() -> None:
    """Processor time of the whole interpreter, so that a busy machine does not fail it."""
    code = (
        "import sys, time; from stacks.settings import load; load('prod');"
        "print(time.process_time()); print(sorted({'cdktf', 'jsii', 'constructs', 'dagster'} & sys.modules.keys()))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    seconds, imported = run.stdout.splitlines()
    assert imported == "[]"
    assert float(seconds) < 0.5
