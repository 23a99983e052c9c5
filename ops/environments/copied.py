"""A copy of an environment file: its text and comments, with new values where two environments may not share one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from hashlib import sha256

from ops.console.errors import CommandLineError, RefusedError
from ops.environments.edits import Value, edited
from settings.environment_file import KeyPath
from settings.load import Settings
from settings.names import derive
from settings.schema import SecretVersions

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
LONGEST_BALANCER = 32
LONGEST = 40  # of an environment's name, which is in a file, a tag and a key of the state
LONGEST_BUCKET, LONGEST_LABEL, LONGEST_IDENTIFIER = 63, 63, 63  # of S3, of DNS, and of Postgres; Snowflake allows more
DIGEST = 4
LEAST = 1 + len("-") + DIGEST


def environment_name(given: str) -> str:
    """Return a branch's name, or any other, as a name for an environment; the same name gives the same result."""
    name = re.sub(r"[^a-z0-9]+", "-", given.lower()).strip("-")
    if not re.match(r"[a-z]", name):
        raise CommandLineError(
            f"{given!r} is no name for an environment: a letter first, then lower-case letters, digits and hyphens. "
            "Other characters of a branch's name become hyphens: feature/ABC-12 is feature-abc-12."
        )
    return shortened(name, LONGEST)


def shortened(text: str, room: int, joint: str = "-") -> str:
    """Return the text if it fits, else its beginning and four digits of its hash, which keep similar texts apart."""
    if len(text) <= room:
        return text
    return text[: room - DIGEST - 1].rstrip(joint) + joint + sha256(text.encode()).hexdigest()[:DIGEST]


def own_values(environment: str, source: Settings) -> dict[KeyPath, Value]:
    """Return the values in which the new file differs, and the source's defaults, which would change."""
    names = derive("", source.organization, source.web.port)
    room = LONGEST_BALANCER - len(source.name) - 1 - max(len(names.alb), len(names.target_group))
    if room < LEAST:
        raise RefusedError(
            f"{source.name} of environments/{source.environment}.yaml leaves no room for a name of its own: load "
            f"balancer and target group may have {LONGEST_BALANCER} characters. Create it from the environment that "
            f"{source.environment} was created from, or shorten name there."
        )
    first, _, rest = source.dns.host.partition(".")
    # Next to the source's host, for the same certificate: * covers one label.
    label, parent = (first, rest) if source.dns.host != source.dns.zone else ("", source.dns.zone)
    database, schema = source.database.name, source.snowflake.schema_name
    as_identifier = environment.replace("-", "_")  # SQL needs quotes around a name with a hyphen
    return {
        ("name",): f"{source.name}-{shortened(environment, room)}",
        ("artifacts_bucket",): _suffixed(source.artifacts_bucket, environment, LONGEST_BUCKET),
        ("access_logs_bucket",): _suffixed(source.access_logs_bucket, environment, LONGEST_BUCKET),
        ("deletion_protection",): False,
        ("alarm_email",): None,  # each address has to be confirmed, and a preview should not wake anybody
        ("dns", "host"): f"{_suffixed(label, environment, LONGEST_LABEL)}.{parent}",
        ("database", "name"): _suffixed(database, as_identifier, LONGEST_IDENTIFIER, "_"),
        ("snowflake", "schema_name"): _suffixed(schema, as_identifier, LONGEST_IDENTIFIER, "_", str.upper),
        **{("secret_versions", field): 1 for field in SecretVersions.model_fields},  # none was rotated yet
        **{("existing", key): value for key, value in source.existing.model_dump().items()},
    }


def _suffixed(base: str, suffix: str, longest: int, joint: str = "-", as_written: Callable[[str], str] = str) -> str:
    room = longest - len(base) - len(joint)
    if not base:
        return shortened(suffix, longest)
    if room < LEAST:  # the base is at its limit
        return shortened(base + joint + suffix, longest, joint)
    return base + joint + as_written(shortened(suffix, room, joint))


def copied(text: str, header: str, values: Mapping[KeyPath, Value]) -> str:
    """Return the text with these values, and with this header instead of the comments before the first key."""
    return header + edited(re.sub(r"\A(?:[ \t]*(?:#.*)?\n)*", "", text), values)
