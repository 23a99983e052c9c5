"""`asset-manager local logs`: prints the last lines of each task of the local ECS."""

from __future__ import annotations

from ops.local import up

LINES_SHOWN = 40


def show() -> None:
    """Print the last lines of each task, the newest task last; the files and CloudWatch have all lines."""
    for log in sorted((up.DIRECTORY / "tasks").glob("*.log"), key=lambda path: path.stat().st_mtime):
        print(f"==> {log}")
        for line in log.read_text(errors="replace").splitlines()[-LINES_SHOWN:]:
            print(f"    {line}")
