"""What can become of a file."""

from __future__ import annotations

from pathlib import Path

DAMAGES = ("missing", "empty", "truncated", "garbage")
GARBAGE = b"\xff\x00{garbage\n" * 100


def damage(path: Path, kind: str) -> None:
    """Have it happen to a file, or to a socket, of which only the name can be damaged."""
    if not path.exists() and not path.is_socket():
        return
    whole = b"" if path.is_socket() else path.read_bytes()
    if path.is_socket() or kind == "missing":
        path.unlink()
    if kind == "missing":
        return
    path.write_bytes({"empty": b"", "truncated": whole[: len(whole) // 2], "garbage": GARBAGE}[kind])
