"""The one editor of environment files: it changes values by their path, and keeps comments, order and every other line.

Pure, except for `write`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import yaml

from ops.console.errors import RefusedError
from settings.environment_file import KeyPath

Value = str | int | bool | None


def edited(text: str, values: Mapping[KeyPath, Value], below: str = "") -> str:
    """Return the text with these values; a missing top-level key goes below the key `below`, or to the end.

    A path has one or two keys. Text with anchors may come out with another meaning: compare what both texts load.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        raise TypeError("an environment file holds keys and values")
    changes, at_the_end, sections = list[tuple[int, int, str]](), list[str](), dict[str, list[str]]()
    for path, value in values.items():
        *above, key = (str(part) for part in path)
        _, parent = _pair(root, above[0]) if above else (None, root)
        name, node = _pair(parent, key)
        line = f"{key}: {_scalar(value)}"
        if name and node:
            changes.append(_replaced(text, name, node, value))
        elif isinstance(parent, yaml.MappingNode) and parent.value and (above or _pair(root, below)[1]):
            changes.append(_added(text, parent, line, below=_pair(parent, below)[1] or parent.value[0][1]))
        elif above:
            sections.setdefault(above[0], []).append(f"  {line}\n")
        else:
            at_the_end.append(f"{line}\n")
    # The last change first: an earlier one would move the places of those after it.
    for begin, end, new in sorted(changes, key=lambda change: change[0])[::-1]:
        text = text[:begin] + new + text[end:]
    if at_the_end or sections:
        text = text.rstrip("\n") + "\n" + "".join(at_the_end)
    return text + "".join(f"\n{section}:\n{''.join(lines)}" for section, lines in sections.items())


def with_image_tag(text: str, tag: str) -> str:
    """Return the file with that `image_tag:`; a file without one gets it below `region:`."""
    changed = edited(text, {("image_tag",): tag}, below="region")
    if _loaded(changed) != {**yaml.safe_load(text), "image_tag": tag}:
        raise RefusedError(
            "the environment file has no line `image_tag: ...` that can be changed. Write one there, with the current "
            f"tag, and begin again: it will then say `image_tag: {_scalar(tag)}`. Nothing was changed."
        )
    return changed


def with_secret_version(text: str, field: str, version: int) -> str:
    """Return the file with that version of one secret; raise if the file does not state the version."""
    path, said = ("secret_versions", field), yaml.safe_load(text)
    versions = said.get("secret_versions") or {}
    changed = edited(text, {path: version})
    if field not in versions or _loaded(changed) != {**said, "secret_versions": {**versions, field: version}}:
        raise RefusedError(
            f"the environment file has not exactly one line `{field}: N` below `secret_versions:`. Write it there, "
            f"with the version before this one ({version - 1})."
        )
    return changed


def write(file: Path, text: str) -> None:
    """Write the whole file or nothing."""
    draft = file.with_suffix(".draft")
    try:
        draft.write_text(text)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _loaded(text: str) -> object:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None


def _pair(node: yaml.Node | None, key: str) -> tuple[yaml.Node | None, yaml.Node | None]:
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next(((name, value) for name, value in pairs if name.value == key), (None, None))


def _replaced(text: str, name: yaml.Node, node: yaml.Node, value: Value) -> tuple[int, int, str]:
    """Replace the value and the blanks between the colon and it; a value may be empty."""
    colon = text.index(":", name.end_mark.index) + 1
    begin = node.start_mark.index if text[colon : node.start_mark.index].strip() else colon
    return begin, node.end_mark.index, f"{' ' if begin == colon else ''}{_scalar(value)}"


def _added(text: str, parent: yaml.MappingNode, line: str, below: yaml.Node) -> tuple[int, int, str]:
    """Add a key below the line of another value, which may end with a comment; inside braces, right after the value."""
    if parent.flow_style:
        return below.end_mark.index, below.end_mark.index, f", {line}"
    end = text.find("\n", below.end_mark.index)
    end = len(text) if end < 0 else end
    return end, end, f"\n{' ' * parent.start_mark.column}{line}"


def _scalar(value: Value) -> str:
    """Return the value as YAML writes it, in quotes if YAML would not read the plain text as this text."""
    if not isinstance(value, str):
        return json.dumps(value)
    return value if re.fullmatch(r"[\w][\w./-]*", value, re.ASCII) and _is_text(value) else json.dumps(value)


def _is_text(plain: str) -> bool:
    """YAML reads 1.10 as a number and null as nothing, and refuses 2026-02-30, a date that does not exist."""
    try:
        return bool(yaml.safe_load(plain) == plain)
    except ValueError:
        return False
