"""Tables for a terminal and for pipes, made by rich."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

UNLIMITED = 100_000  # columns: a pipe and a person who copies an ARN get whole lines


def aligned(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> str:
    """Align the columns, two spaces apart; the columns with a number in `right` align right. A heading is a row."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    for number in range(max(map(len, rows), default=0)):
        grid.add_column(justify="right" if number in right else "left", no_wrap=True)
    for row in rows:
        grid.add_row(*map(Text, row))
    console = Console(file=io.StringIO(), width=UNLIMITED, color_system=None)
    with console.capture() as captured:
        console.print(grid)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def print_styled(text: str, styles: Mapping[str, str]) -> None:
    """Print the text; on a terminal, a word that begins a line has its style."""
    shown = Text(text)
    for word, style in styles.items():
        shown.highlight_regex(rf"(?m)^{word}\b", style)
    Console(highlight=False, soft_wrap=True).print(shown)
