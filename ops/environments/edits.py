"""One line of an environment file changed, and the file written whole or not at all. Pure, but for the writing."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from ops.console.errors import RefusedError

# Up to the value's end: a comment behind it stays.
IMAGE_TAG = re.compile(r"""^image_tag:(?:[ \t]+(?:"[^"\n]*"|'[^'\n]*'|[^\s#]\S*))?""", re.MULTILINE)
REGION = re.compile(r"^region:.*$", re.MULTILINE)


def with_image_tag(text: str, tag: str) -> str:
    """The file with that `image_tag:` and nothing else changed; without such a line it gets one below `region:`."""
    line = f"image_tag: {tag}" if _is_text(tag) else f'image_tag: "{tag}"'
    stands, said = IMAGE_TAG.search(text), yaml.safe_load(text)
    place, new = (IMAGE_TAG, line) if stands else (REGION, rf"\g<0>\n{line}")
    edited = place.sub(new, text, count=1)
    if bool(stands) != ("image_tag" in said) or yaml.safe_load(edited) != {**said, "image_tag": tag}:
        raise RefusedError(
            "the environment file has no line `image_tag: ...` that could be changed. Write one there, with the tag of "
            f"now, and begin again: it will then say `{line}`. Nothing was changed."
        )
    return edited


def _is_text(plain: str) -> bool:
    """YAML reads 1.10 as a number, null as nothing, and 2026-02-30 as a date that there is not."""
    try:
        return bool(yaml.safe_load(plain) == plain)
    except ValueError:
        return False


def write(file: Path, text: str) -> None:
    """Whole or not at all."""
    draft = file.with_suffix(".draft")
    try:
        draft.write_text(text)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
