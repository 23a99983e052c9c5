"""One table for people: aligned, whole lines, no markup; a terminal also gets colours."""

from __future__ import annotations

import pytest

from ops.console.table import aligned, print_styled


@pytest.mark.parametrize(
    ("rows", "right", "lines"),
    [
        ([], (), []),
        ([("NAME", "AGE"), ("a", "12 d"), ("longer", "")], (), ["NAME    AGE", "a       12 d", "longer"]),
        ([("a", "1.5"), ("b", "10.5")], (1,), ["a   1.5", "b  10.5"]),
        ([("[red]not markup", "x" * 500)], (), [f"[red]not markup  {'x' * 500}"]),
        ([(":warning:", "b")], (), [":warning:  b"]),
    ],
)
def test_columns_are_aligned_and_no_line_is_cut(
    rows: list[tuple[str, ...]], right: tuple[int, ...], lines: list[str]
) -> None:
    assert aligned(rows, right).splitlines() == lines


def test_a_pipe_gets_the_text_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    text = f"FAILED  web  [red]{'x' * 500}\nok      FAILED"
    print_styled(text, {"FAILED": "bold red"})
    assert capsys.readouterr().out == f"{text}\n"


def test_a_terminal_gets_the_first_word_in_its_style(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"FORCE_COLOR": "1", "TERM": "xterm", "COLORTERM": ""}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    print_styled("FAILED  web\nok      FAILED", {"FAILED": "bold red"})
    assert capsys.readouterr().out == "\x1b[1;31mFAILED\x1b[0m  web\nok      FAILED\n"
