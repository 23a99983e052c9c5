"""`python -m sample.dev [PORT]`: the code location alone, with sample data and Snowflake's stand-in.

What `dagster dev` starts, with a web server that no page of another site reaches. Everything is below .local/dev and on
the loopback interface; Snowflake's rows are in memory, and go when this ends.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from dagster import DagsterInstance

from sample.load import load

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".local" / "dev"
DEFAULT_PORT = 3000
HOST = "127.0.0.1"
SECONDS_TO_END = 30


def environment(metrics_url: str, snowflake_port: int) -> dict[str, str]:
    """What each process gets: the way to its tools and home, and the code location's settings. Nothing of AWS."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TERM", "TMPDIR") if name in os.environ}
    return kept | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "DAGSTER_HOME": str(STATE / "dagster"),
        "DAGSTER_CODE_LOCATION": "asset_manager.definitions",
        "METRICS_DATABASE_URL": metrics_url,
        "SNOWFLAKE_ACCOUNT": "local",
        "SNOWFLAKE_USER": "local",
        "SNOWFLAKE_PASSWORD": "local",
        "SNOWFLAKE_DATABASE": "ASSET_MANAGER",
        "SNOWFLAKE_SCHEMA": "PUBLIC",
        "SNOWFLAKE_WAREHOUSE": "LOCAL",
        "SNOWFLAKE_HOST": HOST,
        "SNOWFLAKE_PORT": str(snowflake_port),
        "SNOWFLAKE_PROTOCOL": "http",
    }


def commands(port: str, snowflake_port: int) -> tuple[list[str], ...]:
    """Snowflake's stand-in, the web server and the daemon, each as a process; a web page reaches none of them."""
    python, workspace = [sys.executable, "-P", "-m"], ["-w", str(ROOT / "dagster" / "workspace.yaml")]
    return (
        [*python, "local_aws.snowflake", "--port", str(snowflake_port)],
        [*python, "asset_manager.webserver", *workspace, "--host", HOST, "--port", port],
        [str(Path(sys.executable).with_name("dagster-daemon")), "run", *workspace],
    )


def main() -> int:
    """Run until Ctrl-C, SIGTERM, or the end of one of the processes; then end all of them."""
    port = sys.argv[1] if len(sys.argv) > 1 else str(DEFAULT_PORT)
    home = STATE / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    # Before the processes start: each would create the tables of SQLite, at the same moment.
    with DagsterInstance.from_config(str(home)):
        pass
    metrics_url = f"sqlite:///{STATE / 'metrics.db'}"
    print(f"{load(metrics_url, datetime.now(UTC).date())} sample values in {STATE / 'metrics.db'}", flush=True)
    snowflake_port = _free_port()
    over = threading.Event()
    # A shell that puts this in the background has it ignore SIGINT; the children would inherit that, and never end.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    children = [
        subprocess.Popen(  # noqa: S603  the commands are ours
            command,
            cwd=STATE,
            env=environment(metrics_url, snowflake_port),
            stdin=subprocess.DEVNULL,
            # A line for each statement would hide what Dagster prints.
            stdout=subprocess.DEVNULL if "local_aws.snowflake" in command else None,
            stderr=subprocess.DEVNULL if "local_aws.snowflake" in command else None,
            start_new_session=True,  # Ctrl-C reaches this process alone, which then ends each child once
        )
        for command in commands(port, snowflake_port)
    ]
    while all(child.poll() is None for child in children) and not over.wait(0.2):
        pass
    for child in reversed(children):  # Dagster's first: a run may still write to Snowflake
        end(child, SECONDS_TO_END)
    return 0 if over.is_set() else 1


def end(child: subprocess.Popen[bytes], seconds: float) -> None:
    """Interrupt a child, which leads a process group; kill the group if the child still runs after that time."""
    child.send_signal(signal.SIGINT)
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        print(f"process {child.pid} did not end in {seconds:g} seconds, so it is killed", flush=True)
        os.killpg(child.pid, signal.SIGKILL)  # its id is still its own: only `wait` frees it
        child.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
