"""`asset-manager env create`: creates an environment file from another one."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ops.console.errors import RefusedError
from ops.environments.copied import copied, environment_name, own_values
from ops.environments.edits import Value
from settings.environment_file import KeyPath
from settings.errors import SettingsError
from settings.load import Settings, load
from settings.schema import SecretVersions
from settings.side_by_side import DIRECTORY, load_all, taken, too_many


def create(given: str, source: str, directory: Path = DIRECTORY) -> None:
    """Write environments/<name>.yaml from another file, and print what is still to do."""
    name, template = environment_name(given), load(source, directory)
    file = directory / f"{name}.yaml"
    if file.exists():
        raise RefusedError(f"environments/{name}.yaml is there already: change it, or give the new one another name.")
    values = own_values(name, template)
    header = (
        f"# Created from {source}.yaml by `asset-manager env create`: values that two may not share differ,\n"
        f"# the other values and the comments are {source}'s.\n"
    )
    text = copied((directory / f"{source}.yaml").read_text(), header, values)
    made = _checked(name, text, template, values)
    good, _ = load_all(directory)
    problems = taken({**good, name: made}).get(name)
    if problems:
        lines = "".join(f"\n    {dotted(key)}: {text}" for key, text in problems)
        raise RefusedError(f"{name} would take values of another environment:{lines}\nGive it another name.")
    with file.open("x") as new:
        new.write(text)
    print(f"environments/{name}.yaml is written. Its own values are:")
    for path, value in values.items():
        if path[0] not in ("secret_versions", "existing"):
            print(f"    {dotted(path) + ':':<24}{json.dumps(value)}")
    room = too_many({**good, name: made}).get(name, ())
    print("Still to do:")
    for step in (*(f"{dotted(key)}: {text}" for key, text in room), *to_do(made)):
        print(f"  - {step}")


def to_do(made: Settings) -> Iterator[str]:
    """Yield the steps that a new environment needs in addition to its file."""
    database, snowflake = made.database, made.snowflake
    yield f'on {database.host}, as {database.user}: CREATE DATABASE "{database.name}" (a laptop: make local-databases)'
    yield f"in Snowflake: CREATE SCHEMA {snowflake.database}.{snowflake.schema_name}, for {snowflake.user} to write to"
    if made.auth0_domain:
        yield (
            f"in Auth0 ({made.auth0_domain}), the application {made.auth0_client_id}: "
            f"https://{made.dns.host}/oauth2/idpresponse as an allowed callback URL"
        )
    yield "export " + ", ".join(f"TF_VAR_{field}" for field in SecretVersions.model_fields)
    yield f"asset-manager deploy -e {made.environment}"


def _checked(name: str, text: str, template: Settings, values: Mapping[KeyPath, Value]) -> Settings:
    """Return the settings of the text; raise unless they are the source's with these values."""
    with tempfile.TemporaryDirectory(prefix="asset-manager-env-") as folder:
        (Path(folder) / f"{name}.yaml").write_text(text)
        try:
            made = load(name, Path(folder))
        except SettingsError as error:
            problems = str(error).replace(f"{folder}/", "environments/")
            raise SettingsError(f"nothing was written; {name} would not be acceptable:\n{problems}") from error
    wanted: dict[str, Any] = {**template.model_dump(), "environment": name}
    for (*above, key), value in values.items():
        (wanted[str(above[0])] if above else wanted)[str(key)] = value
    if made.model_dump() != wanted:
        raise RefusedError(
            f"environments/{template.environment}.yaml cannot be copied: it has anchors, aliases, or values of several "
            "lines. Nothing was written. Write each value out on one line."
        )
    return made


def dotted(key: KeyPath) -> str:
    return ".".join(map(str, key))
