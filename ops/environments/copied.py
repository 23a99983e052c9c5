"""An environment file made from another: its text and comments, with values of its own where it may not share them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from hashlib import sha256

import yaml

from ops.console.errors import CommandLineError, RefusedError
from settings.environment_file import KeyPath
from settings.load import Settings
from settings.names import derive
from settings.schema import SecretVersions

Value = str | int | bool | None

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
LONGEST_BALANCER = 32
LONGEST = 40  # of an environment's own name: a file, a tag, a key of its state
LONGEST_BUCKET, LONGEST_LABEL, LONGEST_IDENTIFIER = 63, 63, 63  # S3's; DNS's; Postgres's, and Snowflake takes more
DIGEST = 4
LEAST = 1 + len("-") + DIGEST


def environment_name(given: str) -> str:
    """A branch's name, or any other, as an environment's; the same for the same."""
    name = re.sub(r"[^a-z0-9]+", "-", given.lower()).strip("-")
    if not re.match(r"[a-z]", name):
        raise CommandLineError(
            f"{given!r} is no name for an environment: a letter first, then lower-case letters, digits and hyphens. "
            "What else a branch's name has in it becomes a hyphen: feature/ABC-12 is feature-abc-12."
        )
    return shortened(name, LONGEST)


def shortened(text: str, room: int, joint: str = "-") -> str:
    """The whole where it fits; else as much as does, and four digits by which it still is another than its like."""
    if len(text) <= room:
        return text
    return text[: room - DIGEST - 1].rstrip(joint) + joint + sha256(text.encode()).hexdigest()[:DIGEST]


def own_values(environment: str, source: Settings) -> dict[KeyPath, Value]:
    """What the new file says otherwise than the source's, and what the source leaves to its defaults: those change."""
    names = derive("", source.organization, source.web.port)
    room = LONGEST_BALANCER - len(source.name) - 1 - max(len(names.alb), len(names.target_group))
    if room < LEAST:
        raise RefusedError(
            f"{source.name} of environments/{source.environment}.yaml leaves no room for a name of its own: load "
            f"balancer and target group may have {LONGEST_BALANCER} characters. Make it from the environment that "
            f"{source.environment} was made from, or shorten name there."
        )
    first, _, rest = source.dns.host.partition(".")
    # Beside the source's host, for the same certificate: * stands for one label.
    label, parent = (first, rest) if source.dns.host != source.dns.zone else ("", source.dns.zone)
    database, schema = source.database.name, source.snowflake.schema_name
    as_identifier = environment.replace("-", "_")  # a hyphen would have to be quoted, wherever it is typed
    return {
        ("name",): f"{source.name}-{shortened(environment, room)}",
        ("artifacts_bucket",): _suffixed(source.artifacts_bucket, environment, LONGEST_BUCKET),
        ("access_logs_bucket",): _suffixed(source.access_logs_bucket, environment, LONGEST_BUCKET),
        ("deletion_protection",): False,
        ("alarm_email",): None,  # AWS asks to confirm each one, and a preview is to wake nobody
        ("dns", "host"): f"{_suffixed(label, environment, LONGEST_LABEL)}.{parent}",
        ("database", "name"): _suffixed(database, as_identifier, LONGEST_IDENTIFIER, "_"),
        ("snowflake", "schema_name"): _suffixed(schema, as_identifier, LONGEST_IDENTIFIER, "_", str.upper),
        **{("secret_versions", field): 1 for field in SecretVersions.model_fields},  # none of its own was rotated yet
        **{("existing", key): value for key, value in source.existing.model_dump().items()},
    }


def _suffixed(base: str, suffix: str, longest: int, joint: str = "-", as_written: Callable[[str], str] = str) -> str:
    room = longest - len(base) - len(joint)
    if not base:
        return shortened(suffix, longest)
    if room < LEAST:  # the base itself is at its limit
        return shortened(base + joint + suffix, longest, joint)
    return base + joint + as_written(shortened(suffix, room, joint))


def copied(text: str, header: str, values: Mapping[KeyPath, Value]) -> str:
    """The file's text with these values and this header; every other line stays as it is."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        raise TypeError("a file that was loaded has keys and values")
    changes, sections, missing = list[tuple[int, int, str]](), dict[str, list[str]](), list[str]()
    for path, value in values.items():
        *above, key = (str(part) for part in path)
        parent = _child(root, above[0]) if above else root
        node = _child(parent, key) if parent else None
        if node is not None:
            changes.append((node.start_mark.index, node.end_mark.index, _scalar(value)))
        elif parent is root:
            missing.append(f"{key}: {_scalar(value)}\n")
        elif isinstance(parent, yaml.MappingNode) and parent.value:
            changes.append(_added(text, parent, f"{key}: {_scalar(value)}"))
        else:
            sections.setdefault(above[0], []).append(f"  {key}: {_scalar(value)}\n")
    start = root.start_mark.index
    # From the end: an earlier change would move the later ones.
    for begin, end, new in sorted(changes, key=lambda change: change[0])[::-1]:
        text = text[:begin] + new + text[end:]
    body = text[start:].rstrip("\n") + "\n" + "".join(missing)
    return header + body + "".join(f"\n{section}:\n{''.join(lines)}" for section, lines in sections.items())


def _child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((value for name, value in pairs if name.value == key), None)


def _added(text: str, parent: yaml.MappingNode, line: str) -> tuple[int, int, str]:
    """A key more in a section: below its first one, whose line may end with a comment; in braces, right after it."""
    first, value = parent.value[0]
    if parent.flow_style:
        return value.end_mark.index, value.end_mark.index, f", {line}"
    end = text.find("\n", value.end_mark.index)
    end = len(text) if end < 0 else end
    return end, end, f"\n{' ' * first.start_mark.column}{line}"


def _scalar(value: Value) -> str:
    """As YAML has it, in quotes where it has to be."""
    if not isinstance(value, str):
        return json.dumps(value)
    plain = re.fullmatch(r"[A-Za-z][\w./-]*", value, re.ASCII) and yaml.safe_load(value) == value
    return value if plain else json.dumps(value)
