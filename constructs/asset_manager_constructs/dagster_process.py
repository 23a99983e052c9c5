"""How Dagster's processes are started: their commands and their variables. Pure: no cdktf."""

from __future__ import annotations

DAEMON_COMMAND = ("dagster-daemon", "run")


def web_command(port: int) -> tuple[str, ...]:
    """The web server binds 127.0.0.1 unless told otherwise, where no load balancer reaches it."""
    return ("dagster-webserver", "-w", "workspace.yaml", "--port", str(port), "--host", "0.0.0.0")  # noqa: S104


def environment(name: str, region: str, code_location: str) -> dict[str, str]:
    """What every Dagster process of environment `name` is given in the open; timeouts are in seconds.

    `code_location` is the Python module in the image that holds the definitions; the image's workspace.yaml reads it.
    """
    return {
        "PYTHONUNBUFFERED": "1",  # else a task that is killed takes its last lines with it
        "ENV": name,
        "AWS_REGION": region,
        "DAGSTER_CODE_LOCATION": code_location,
        "PGSSLMODE": "require",
        "DAGSTER_GRPC_TIMEOUT_SECONDS": "300",
        "DAGSTER_SENSOR_GRPC_TIMEOUT_SECONDS": "300",
        "DAGSTER_GRPC_MAX_WORKERS": "4",
    }
