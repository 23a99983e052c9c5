"""An environment file as it is written: its values, and the line of each for messages."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from settings.errors import SettingsError

REPOSITORY = Path(__file__).resolve().parent.parent
KeyPath = tuple[str | int, ...]
Problem = tuple[KeyPath, str]
_DEPTH = 2  # of nested keys; no setting is deeper, and an alias may be endless
_SHOWN_AT_MOST = 100


@dataclass(frozen=True)
class EnvironmentFile:
    shown: str
    data: dict[str, Any]
    written: dict[KeyPath, tuple[int, str]]  # line, and the value as the file writes it
    problems: tuple[Problem, ...]

    def given(self, key: KeyPath, value: object) -> str:
        """Return a value as the file writes it, or as a default if the file does not have it."""
        return self.written[key][1] if key in self.written else f"{value!r} by default"

    def refusal(self, problems: Iterable[Problem]) -> SettingsError:
        """Return all problems as one error, in the file's order; problems of missing keys come last."""
        lines = []
        for key, text in sorted(problems, key=lambda problem: self.written.get(problem[0], (sys.maxsize, ""))[0]):
            where = f"{self.shown}:{self.written[key][0]}" if key in self.written else self.shown
            lines.append(f"{where}: {_dotted(key)}: {text}")
        return SettingsError("\n".join(lines))


def read(environment: str, directory: Path) -> EnvironmentFile:
    """Read the file of this environment; the error for a missing one lists the environments that exist."""
    there_are = sorted(path.stem for path in directory.glob("*.yaml"))
    if not re.fullmatch(r"[a-z][a-z0-9-]*", environment) or environment not in there_are:
        nearest = difflib.get_close_matches(environment, there_are, n=len(there_are) or 1, cutoff=0)
        raise SettingsError(
            f"{_shown(directory)}: no environment {environment!r}; there is {', '.join(nearest) or 'none'}. "
            "A name is lower-case letters, digits and hyphens, a letter first, and its file is <name>.yaml."
        )
    path = directory / f"{environment}.yaml"
    shown = _shown(path)
    try:
        data, root = _parse(path.read_bytes())
    except OSError as error:
        raise SettingsError(f"{shown}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SettingsError(f"{shown}:{error}") from error
    if not isinstance(data, dict):
        raise SettingsError(
            f"{shown}: given {_given((), root)}; allowed: keys and values, as in environments/prod.yaml"
        )
    written: dict[KeyPath, tuple[int, str]] = {}
    return EnvironmentFile(shown, data, written, tuple(_walk(root, (), written)))


def _parse(content: bytes) -> tuple[Any, yaml.Node | None]:
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(content)
        root = loader.get_single_node()
        return (loader.construct_document(root) if root else None), root
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{mark.line + 1}:{mark.column + 1}" if mark else "1:1"
        raise ValueError(f"{where}: not valid YAML: {error.problem}") from error
    except yaml.reader.ReaderError as error:
        before = content[: error.position]
        line, column = before.count(b"\n") + 1, error.position - before.rfind(b"\n")
        raise ValueError(f"{line}:{column}: not valid YAML: {error.reason}") from error
    except ValueError as error:  # a date such as 2026-02-30
        raise ValueError(f" not valid YAML: {error}") from error


def _walk(node: yaml.Node | None, path: KeyPath, written: dict[KeyPath, tuple[int, str]]) -> Iterator[Problem]:
    if isinstance(node, yaml.MappingNode) and len(path) < _DEPTH:
        for key, value in node.value:
            here, line = (*path, str(key.value)), key.start_mark.line + 1
            if here in written:
                yield here, f"given twice, in lines {written[here][0]} and {line}; allowed: once"
            elif not key.tag.endswith(":str"):  # YAML reads 3, on and << as other types
                yield here, "unknown key; a key is text"
            written[here] = line, _given(here, value)
            yield from _walk(value, here, written)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            written[(*path, index)] = value.start_mark.line + 1, _given(path, value)


def _given(path: KeyPath, node: yaml.Node | None) -> str:
    if isinstance(node, yaml.MappingNode):
        return "keys and values"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    if node is None or node.tag.endswith(":null"):
        return "nothing"
    if path[:1] == ("secret_versions",) and not node.tag.endswith(":int"):
        return "text"  # it may be the secret itself
    if not node.tag.endswith(":str"):
        return str(node.value)
    # A connection string that was pasted whole has a password in it.
    text = re.sub(r"//.*@", "//***@", node.value)
    return repr(text if len(text) <= _SHOWN_AT_MOST else f"{text[:_SHOWN_AT_MOST]}...")


def _dotted(path: KeyPath) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def _shown(path: Path) -> str:
    return str(path.relative_to(REPOSITORY) if path.is_relative_to(REPOSITORY) else path)
