"""An environment that is not there, or whose file cannot be read, is refused with the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from settings.load import SettingsError, load


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
