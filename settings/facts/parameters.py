"""The SSM parameters of a deployment, by the name of the variable that ECS injects each as."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from settings.schema import Settings

DAGSTER_YAML = "DAGSTER_YAML"  # Dagster's instance configuration


def values(settings: Settings, artifacts_bucket: str) -> Mapping[str, str]:
    """Return the values that are the same on a laptop and in production."""
    return {
        "SERVER_HOST": f"https://{settings.dns.host}",
        "AUTH0_CLIENT_ID": settings.auth0_client_id,
        "DAGSTER_PG_DB": settings.database.name,
        "DAGSTER_PG_USER": settings.database.user,
        "DAGSTER_S3_BUCKET": artifacts_bucket,
        "SNOWFLAKE_ACCOUNT": settings.snowflake.account,
        "SNOWFLAKE_USER": settings.snowflake.user,
        "SNOWFLAKE_DATABASE": settings.snowflake.database,
        "SNOWFLAKE_SCHEMA": settings.snowflake.schema_name,
        "SNOWFLAKE_WAREHOUSE": settings.snowflake.warehouse,
    }


def servers(settings: Settings) -> Mapping[str, str]:
    """Return where the servers are: a laptop differs from production in these only, and overrides them by TF_VAR."""
    return {
        "DAGSTER_PG_HOST": settings.database.host,
        "DAGSTER_PG_PORT": str(settings.database.port),
        "SNOWFLAKE_HOST": f"{settings.snowflake.account}.snowflakecomputing.com",
        "SNOWFLAKE_PORT": "443",
        "SNOWFLAKE_PROTOCOL": "https",
    }


def secret_versions(settings: Settings) -> Mapping[str, int]:
    return {field.upper(): version for field, version in settings.secret_versions}


def injected(settings: Settings) -> Iterator[str]:
    """Yield the names of all parameters that web and daemon get."""
    yield from values(settings, settings.artifacts_bucket)
    yield from servers(settings)
    yield from secret_versions(settings)
    yield DAGSTER_YAML
