"""Settings are what the file says, or a documented default, and are read soon, before cdktf is imported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from settings.load import Settings, load
from settings.rules import FARGATE_SIZES
from tests.unit.environment_files import write_minimal


def test_what_a_minimal_file_leaves_out_has_its_documented_default(tmp_path: Path) -> None:
    settings = load("test", write_minimal(tmp_path).parent)
    assert settings.model_dump() == {
        "environment": "test",
        "name": "app",
        "organization": "org",
        "account_id": "111122223333",
        "region": "us-west-1",
        "state_bucket": "org-state",
        "artifacts_bucket": "app-artifacts",
        "access_logs_bucket": "app-access-logs",
        "kms_key_arn": None,
        "deletion_protection": True,
        "alarm_email": None,
        "cpu_architecture": "X86_64",
        "image_tag": "latest",
        "log_retention_days": 30,
        "allowed_cidrs": ("0.0.0.0/0",),
        "auth0_client_id": "example",
        "auth0_domain": None,
        "office_hours": None,
        "dns": {"zone": "example.com", "host": "dg.example.com"},
        "database": {
            "host": "db.example.com",
            "port": 5432,
            "name": "postgres",
            "user": "postgres",
            "max_connections": 200,
        },
        "code_location": "asset_manager.definitions",
        "snowflake": {
            "account": "example",
            "user": "ASSET_MANAGER",
            "database": "ASSET_MANAGER",
            "schema_name": "METRICS",
            "warehouse": "ASSET_MANAGER",
        },
        "secret_versions": {
            "auth0_client_secret": 1,
            "dagster_pg_password": 1,
            "metrics_database_url": 1,
            "snowflake_password": 1,
        },
        "web": {"cpu": 2048, "memory": 4096, "port": 3000, "desired_count": 1, "max_count": None},
        "daemon": {"cpu": 2048, "memory": 4096},
        "run": {"cpu": 512, "memory": 1024, "max_concurrent": 10, "spot": False},
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
        settings.name = "other"


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


def test_a_key_of_the_same_region_and_account_is_accepted(tmp_path: Path) -> None:
    key = "arn:aws:kms:us-west-1:111122223333:key/12345678-1234-1234-1234-123456789012"
    assert load("test", write_minimal(tmp_path, f"kms_key_arn: {key}").parent).kms_key_arn == key


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
