"""What of a deployment on the laptop others can reach: nothing from another machine, and no key in a readable file."""

from contextlib import suppress

import psutil

from tests.support.deployed import Deployed


def processes_of(deployed: Deployed) -> list[psutil.Process]:
    """Every process that works below the tree: servers and tasks, each with a working directory in it."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.cwd().startswith(str(deployed.tree.root)):
                found.append(process)
    return found


def listening(process: psutil.Process) -> list[tuple[str, int]]:
    """Where a process listens; nowhere once it has ended, as runs' processes do at any time."""
    with suppress(psutil.Error):
        return [
            (one.laddr.ip, one.laddr.port)
            for one in process.net_connections("inet")
            if one.status == psutil.CONN_LISTEN
        ]
    return []


def test_every_listener_is_on_loopback_only(deployed: Deployed) -> None:
    addresses = {address for process in processes_of(deployed) for address in listening(process)}
    tree = deployed.tree
    assert {tree.port, tree.web_port, tree.postgres_port, tree.snowflake_port} <= {port for _, port in addresses}
    assert [address for address, _ in addresses if not address.startswith("127.")] == []


def test_the_access_key_is_in_no_file_that_another_user_can_read(deployed: Deployed) -> None:
    key = deployed.tree.access_key_id.encode()
    files = [path for path in (deployed.tree.root / ".local").rglob("*") if path.is_file()]
    assert len(files) > 100  # Postgres's, the stacks', logs
    assert [path for path in files if key in path.read_bytes() and path.stat().st_mode & 0o077] == []
