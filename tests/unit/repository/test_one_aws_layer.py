"""`ops.aws` is the only part of the operator's command that imports boto3."""

from __future__ import annotations

import ast

from tests.support.repository import ROOT

# It runs inside the image, as the source of a task's command, and can import nothing of this repository.
RUNS_IN_A_TASK = ROOT / "ops" / "checking" / "causes" / "connection_probe.py"
FILES = sorted(set((ROOT / "ops").rglob("*.py")) - set((ROOT / "ops" / "aws").rglob("*.py")) - {RUNS_IN_A_TASK})


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [each.name for each in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def test_boto3_is_imported_by_ops_aws_alone() -> None:
    found = [
        str(file.relative_to(ROOT))
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text()))
        if "boto3" in {name.partition(".")[0] for name in imported(node)}
    ]
    assert found == []


def test_one_module_of_ops_aws_makes_clients_and_sessions() -> None:
    made = [
        file.name
        for file in sorted((ROOT / "ops" / "aws").glob("*.py"))
        if any(call in file.read_text() for call in ("boto3.client(", "boto3.resource(", "boto3.Session("))
    ]
    assert made == ["clients.py"]
