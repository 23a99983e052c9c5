"""The commands and variables of Dagster's processes. Pure: no cdktf."""

from __future__ import annotations

from asset_manager_constructs.containers import HealthCheck

GRPC_TIMEOUT_SECONDS = 300
WEB_SERVER = ("python", "-m", "asset_manager.webserver")
DAEMON_COMMAND = ("dagster-daemon", "run")
# It checks that each of the daemon's loops has written a heartbeat recently. Each check imports Dagster, which takes a
# full core for 2 to 4 seconds: ECS's default timeout of 5 s is too short, and its interval of 30 s costs too much CPU.
DAEMON_HEALTH_CHECK = HealthCheck(
    command=("dagster-daemon", "liveness-check"), interval=60, timeout=60, retries=3, start_period=180
)
# How old a heartbeat may be. Dagster's default is 1,800 seconds, in which the heartbeat of a dead predecessor counts
# too. A loop writes one every 30 seconds, but not while it waits for a sensor's tick: a tolerance shorter than a tick
# would stop a healthy daemon.
HEARTBEAT_TOLERANCE_SECONDS = GRPC_TIMEOUT_SECONDS + 60


def web_command(port: int) -> tuple[str, ...]:
    """`dagster-webserver` behind a guard (dagster/asset_manager/webserver.py), on every address of its task.

    Its default is 127.0.0.1, where no load balancer reaches it.
    """
    return (*WEB_SERVER, "-w", "workspace.yaml", "--port", str(port), "--host", "0.0.0.0")  # noqa: S104


def environment(name: str, region: str, code_location: str, web_pool_max_overflow: int) -> dict[str, str]:
    """Return the variables that every Dagster process of environment `name` has, none of them secret.

    `code_location` is the Python module in the image that holds the definitions; the image's workspace.yaml reads it.
    `web_pool_max_overflow` bounds the web server's connections to the database, and is --db-pool-max-overflow.
    """
    return {
        "PYTHONUNBUFFERED": "1",  # without it the last lines of a killed task are lost
        "ENV": name,
        "AWS_REGION": region,
        "DAGSTER_CODE_LOCATION": code_location,
        "PGSSLMODE": "require",
        "DAGSTER_GRPC_TIMEOUT_SECONDS": str(GRPC_TIMEOUT_SECONDS),
        "DAGSTER_SENSOR_GRPC_TIMEOUT_SECONDS": str(GRPC_TIMEOUT_SECONDS),
        "DAGSTER_GRPC_MAX_WORKERS": "4",
        "DAGSTER_WEBSERVER_DB_POOL_MAX_OVERFLOW": str(web_pool_max_overflow),
        "DAGSTER_DAEMON_HEARTBEAT_TOLERANCE": str(HEARTBEAT_TOLERANCE_SECONDS),
        # AWS's client then slows down when it is throttled; the launcher sets no retries.
        # https://docs.aws.amazon.com/boto3/latest/guide/retries.html
        "AWS_RETRY_MODE": "adaptive",
        "AWS_MAX_ATTEMPTS": "10",
    }
