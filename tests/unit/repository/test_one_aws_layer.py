"""One factory creates the clients of boto3; a contract in pyproject.toml keeps boto3 inside `ops.aws`."""

from __future__ import annotations

from tests.support.repository import ROOT

CALLS = ("boto3.client(", "boto3.resource(", "boto3.Session(")


def test_one_module_of_ops_creates_clients_and_sessions() -> None:
    # Its script runs in the image, as the command of a task, and can import nothing of this repository.
    runs_in_a_task = ROOT / "ops" / "checking" / "causes" / "connection_probe.py"
    files = set((ROOT / "ops").rglob("*.py")) - {runs_in_a_task}
    assert [file.name for file in files if any(call in file.read_text() for call in CALLS)] == ["clients.py"]
