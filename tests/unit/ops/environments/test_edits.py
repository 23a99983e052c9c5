"""One line of an environment file, changed, and what stands round it left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.console.errors import OperatorError
from ops.environments.edits import with_image_tag, with_secret_version, write
from tests.support.repository import ROOT

ENVIRONMENTS = ROOT / "environments"


@pytest.mark.parametrize(
    ("line", "tag", "becomes"),
    [
        ("image_tag: latest", "v2", "image_tag: v2"),
        ("image_tag:   latest   # what runs", "v2", "image_tag: v2   # what runs"),
        ('image_tag: "1.9"', "v2", "image_tag: v2"),
        ("image_tag: 'it'", "1.10", 'image_tag: "1.10"'),
        ("image_tag: latest", "20261124", 'image_tag: "20261124"'),
        ("image_tag: latest", "1e3", "image_tag: 1e3"),
        ("image_tag: latest", "null", 'image_tag: "null"'),
        ("image_tag: latest", "2026-02-30", 'image_tag: "2026-02-30"'),
        ("image_tag:", "v2", "image_tag: v2"),
    ],
)
def test_the_tag_is_changed_as_text_and_a_comment_stays(line: str, tag: str, becomes: str) -> None:
    text = "name: a\nregion: us-west-1\n{}\nweb:\n  image_tag: no, not this\n"
    assert with_image_tag(text.format(line), tag) == text.format(becomes)


def test_where_there_is_none_it_comes_below_the_region() -> None:
    staging = (ENVIRONMENTS / "staging.yaml").read_text()
    assert "image_tag" not in staging
    edited = with_image_tag(staging, "v2")
    assert edited == staging.replace("region: us-west-2\n", "region: us-west-2\nimage_tag: v2\n")
    assert with_image_tag(edited, "v3") == edited.replace("v2", "v3")


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ('"region": x\n', '"region": x\nimage_tag: v2\n'),
        ('"image_tag": latest\nregion: x\n', '"image_tag": v2\nregion: x\n'),
        ("{image_tag: latest}\n", "{image_tag: v2}\n"),
        ("{region: x}\n", "{region: x, image_tag: v2}\n"),
        ("region: x\nimage_tag:\n  latest\n", "region: x\nimage_tag: v2\n"),
        ("name: a", "name: a\nimage_tag: v2\n"),
    ],
)
def test_a_file_may_be_written_in_any_way_that_yaml_allows(text: str, becomes: str) -> None:
    assert with_image_tag(text, "v2") == becomes


def test_an_anchor_that_the_edit_would_break_is_refused() -> None:
    with pytest.raises(
        OperatorError, match=r"^the environment file has no line `image_tag: \.\.\.` .* `image_tag: v2`"
    ):
        with_image_tag("image_tag: &tag latest\nname: *tag\n", "v2")


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        (
            "a: 1\nsecret_versions: # raise one\n  x: 1 # x\n  y: 1\n",
            "a: 1\nsecret_versions: # raise one\n  x: 2 # x\n  y: 1\n",
        ),
        ("secret_versions: {y: 7, x: 1}\nx: 1\n", "secret_versions: {y: 7, x: 2}\nx: 1\n"),
    ],
)
def test_one_secrets_version_is_changed_and_nothing_else(text: str, becomes: str) -> None:
    assert with_secret_version(text, "x", 2) == becomes


@pytest.mark.parametrize("text", ["a: 1\n", "x: 1\n", "secret_versions:\n", "secret_versions:\n  y: 1\n"])
def test_a_version_that_the_file_does_not_state_is_refused(text: str) -> None:
    with pytest.raises(OperatorError, match=r"not exactly one line `x: N` below .* before this one \(1\)"):
        with_secret_version(text, "x", 2)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "prod.yaml"
    file.write_text("before")
    with pytest.raises(UnicodeEncodeError):
        write(file, "half of it \ud800")
    assert file.read_text() == "before"
    write(file, "after")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("prod.yaml", "after")]
