"""A log file read while it grows."""

from __future__ import annotations

from pathlib import Path

from local_aws.ecs.lines import LONGEST_EVENT, Lines


def test_a_line_is_read_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "task.log"
    path.write_bytes(b"one\ntw")
    lines = Lines(path)
    assert lines.new(ended=False) == ["one"]
    assert not lines.has_more()
    with path.open("ab") as file:
        file.write(b"o\r\n\nthree")
    assert lines.has_more()
    assert lines.new(ended=False) == ["two", ""]
    assert lines.new(ended=True) == ["three"]
    assert lines.new(ended=True) == []


def test_bytes_that_are_no_text_do_not_stop_the_log(tmp_path: Path) -> None:
    path = tmp_path / "task.log"
    path.write_bytes(b"\xff\xfe\n")
    assert Lines(path).new(ended=True) == ["\ufffd\ufffd"]


def test_a_line_longer_than_an_event_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "task.log"
    path.write_bytes(b"x" * (LONGEST_EVENT + 5) + b"\nend\n")
    assert [len(line) for line in Lines(path).new(ended=True)] == [LONGEST_EVENT, 5, 3]


def test_what_is_not_read_in_one_turn_is_read_in_the_next(tmp_path: Path) -> None:
    path = tmp_path / "task.log"
    path.write_bytes((b"0123456789" * 10 + b"\n") * 20_000)
    lines, read = Lines(path), 0
    while lines.has_more():
        turn = lines.new(ended=False)
        assert len(turn) < 10_000
        read += len(turn)
    assert read == 20_000


def test_a_deleted_file_has_no_more_lines(tmp_path: Path) -> None:
    path = tmp_path / "task.log"
    path.write_bytes(b"one\ntw")
    lines = Lines(path)
    assert lines.new(ended=False) == ["one"]
    path.unlink()
    assert not lines.has_more()
    assert lines.new(ended=True) == ["tw"]


def test_a_file_that_was_emptied_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "task.log"
    path.write_bytes(b"one\n")
    lines = Lines(path)
    assert lines.new(ended=False) == ["one"]
    path.write_bytes(b"2\n")
    assert lines.has_more()
    assert lines.new(ended=False) == ["2"]
