"""`python -m sample.dev [PORT]`: the code location alone in `dagster dev`, with sample data and Snowflake's stand-in.

Everything is below .local/dev and on the loopback interface; Snowflake's rows are in memory, and go when this ends.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import fakesnow

from sample.load import load

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".local" / "dev"
DEFAULT_PORT = 3000


def environment(metrics_url: str, snowflake_port: int) -> dict[str, str]:
    """What `dagster dev` gets: the way to its tools and home, and the code location's settings. Nothing of AWS."""
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
        "SNOWFLAKE_HOST": "127.0.0.1",
        "SNOWFLAKE_PORT": str(snowflake_port),
        "SNOWFLAKE_PROTOCOL": "http",
    }


def main() -> int:
    """Run until Ctrl-C or SIGTERM; both end Dagster's processes too."""
    port = sys.argv[1] if len(sys.argv) > 1 else str(DEFAULT_PORT)
    home = STATE / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    metrics_url = f"sqlite:///{STATE / 'metrics.db'}"
    print(f"{load(metrics_url, datetime.now(UTC).date())} sample values in {STATE / 'metrics.db'}", flush=True)
    with fakesnow.server() as snowflake:
        for name in ("uvicorn.access", "uvicorn.error", "fakesnow.server"):
            logging.getLogger(name).setLevel(logging.WARNING)  # a line a query would hide Dagster's
        # A shell that puts this in the background has it ignore SIGINT; the child would inherit that, and never end.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        command = [str(Path(sys.executable).parent / "dagster"), "dev", "-w", str(ROOT / "dagster" / "workspace.yaml")]
        child = subprocess.Popen(  # noqa: S603  the command is ours
            [*command, "-h", "127.0.0.1", "-p", port],
            cwd=STATE,
            env=environment(metrics_url, snowflake["port"]),
            start_new_session=True,  # Ctrl-C reaches this process alone, which then ends the child once
        )

        def end(_signal: int, _frame: FrameType | None) -> None:
            child.send_signal(signal.SIGINT)  # what `dagster dev` ends its own processes on

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, end)
        return child.wait()


if __name__ == "__main__":
    sys.exit(main())
