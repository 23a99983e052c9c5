"""A stand-in of GitHub's `gh`, which writes down how it was called and answers from a file."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

PROGRAM = """#!{python} -IS
import json, os, sys
from pathlib import Path
folder = Path({folder!r})
called = [*json.loads((folder / "calls").read_text()), [sys.argv[1:], sys.stdin.read()]]
(folder / "calls").write_text(json.dumps(called))
answers = json.loads((folder / "answers").read_text())
answer = answers.get(" ".join(sys.argv[1:3]), "")
if answer is None:
    sys.exit("gh: Not Found (HTTP 404)")
print(answer)
"""


class Gh:
    """What it answers to `gh <the first two words>`, and what it was asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "calls").write_text("[]")
        self.answer({})
        program = folder / "gh"
        program.write_text(PROGRAM.format(python=sys.executable, folder=str(folder)))
        program.chmod(0o755)

    def answer(self, answers: dict[str, Any]) -> None:
        texts = {
            call: json.dumps(value) if isinstance(value, dict | list) else value for call, value in answers.items()
        }
        (self._folder / "answers").write_text(json.dumps(texts))

    @property
    def calls(self) -> list[tuple[str, str]]:
        return [(" ".join(arguments), stdin) for arguments, stdin in json.loads((self._folder / "calls").read_text())]
