"""The settings refuse each text that Terraform, CloudFormation, a shell or a file system reads as more than text."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel, ValidationError

from settings.load import SettingsError, load
from settings.schema import Settings
from tests.support.dangerous import MEMBERS, PATHS
from tests.unit.environment_files import write_minimal

Key = tuple[str, ...]
HOURS = 'office_hours: {start: "07:00", stop: "20:00"}'
KMS = "kms_key_arn: arn:aws:kms:us-west-1:111122223333:key/12345678-1234-1234-1234-123456789012"
# A tag's value, by which AWS's API looks for the VPC: it becomes no path.
A_TAG = ("existing", "vpc_name")


def is_text(annotation: Any) -> bool:
    """Whether a key is text, may be text, or lists texts."""
    if get_origin(annotation) is Annotated:
        return is_text(get_args(annotation)[0])
    if get_origin(annotation) in {Union, types.UnionType, tuple}:
        return any(is_text(each) for each in get_args(annotation))
    return annotation is str


def texts(model: type[BaseModel], above: Key = ()) -> Iterator[Key]:
    """Every key of the schema that is text."""
    for name, field in model.model_fields.items():
        nested = [each for each in (field.annotation, *get_args(field.annotation)) if isinstance(each, type)]
        models = [each for each in nested if issubclass(each, BaseModel)]
        if models:
            yield from texts(models[0], (*above, name))
        elif is_text(field.annotation):
            yield (*above, name)


KEYS = list(texts(Settings))


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """An acceptable environment that says every key."""
    folder = tmp_path_factory.mktemp("environments")
    write_minimal(folder, HOURS, KMS, "alarm_email: us@example.com", "auth0_domain: org.auth0.com")
    return load("test", folder).model_dump(mode="json")


def changed(data: dict[str, Any], key: Key, text: str) -> dict[str, Any]:
    """The data with one text replaced; in a list, its first."""
    first, *rest = key
    old = data[first]
    return {**data, first: changed(old, tuple(rest), text) if rest else [text] if isinstance(old, list) else text}


def at(data: dict[str, Any], key: Key) -> str:
    """The text of a key; of a list, its first."""
    found: Any = data
    for part in key:
        found = found[part]
    return str(found[0] if isinstance(found, list) else found)


def test_the_walk_finds_texts_in_sections_in_lists_and_where_they_may_be_missing() -> None:
    assert {("name",), ("dns", "host"), ("allowed_cidrs",), ("kms_key_arn",), ("office_hours", "timezone")} < set(KEYS)
    assert ("web", "port") not in KEYS
    assert len(KEYS) > 30


def refused(key: Key) -> tuple[str, ...]:
    """What a key has to refuse."""
    return MEMBERS if key == A_TAG else MEMBERS + PATHS


@pytest.mark.parametrize("key", KEYS, ids=".".join)
def test_a_dangerous_text_is_refused_alone_and_beside_an_acceptable_one(key: Key, good: dict[str, Any]) -> None:
    acceptable = at(good, key)
    assert Settings.model_validate(good)
    for member in refused(key):
        for text in (member, acceptable + member, member + acceptable):
            with pytest.raises(ValidationError) as error:
                Settings.model_validate(changed(good, key, text))
            assert key in {each["loc"][: len(key)] for each in error.value.errors()}, text


@pytest.mark.parametrize("member", MEMBERS + PATHS, ids=repr)
def test_a_file_of_dangerous_texts_is_refused_and_each_is_named(
    member: str, good: dict[str, Any], tmp_path: Path
) -> None:
    wanted = [key for key in KEYS if key != ("environment",) and member in refused(key)]
    data = {name: value for name, value in good.items() if name != "environment"}
    for key in wanted:
        data = changed(data, key, member)
    (tmp_path / "test.yaml").write_text(json.dumps(data))  # which is YAML
    with pytest.raises(SettingsError) as error:
        load("test", tmp_path)
    problems = [line.removeprefix(str(tmp_path)) for line in str(error.value).splitlines()]
    named = {line.split(": ")[1].partition("[")[0] for line in problems}
    assert {".".join(key) for key in wanted} <= named


@pytest.mark.parametrize("member", MEMBERS + PATHS, ids=repr)
def test_a_dangerous_name_of_an_environment_is_no_path_to_a_file(member: str, tmp_path: Path) -> None:
    write_minimal(tmp_path)
    (tmp_path / "folder").mkdir()
    for name in (member, f"test{member}", f"folder/../{member}test"):
        with pytest.raises(SettingsError, match="no environment"):
            load(name, tmp_path)
