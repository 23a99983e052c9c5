"""Commands and variables of Dagster's processes."""

from asset_manager_constructs.dagster_process import DAEMON_COMMAND, DAEMON_HEALTH_CHECK, environment, web_command


def test_the_web_server_listens_on_every_address_of_its_task() -> None:
    assert (
        " ".join(web_command(3000)) == "python -m asset_manager.webserver -w workspace.yaml --port 3000 --host 0.0.0.0"
    )


def test_the_daemon_runs() -> None:
    assert " ".join(DAEMON_COMMAND) == "dagster-daemon run"


def test_the_daemons_health_check_has_the_time_that_it_takes_and_believes_no_predecessor_for_long() -> None:
    """It takes 2 to 4 seconds of a full core; a tick may take 300, and Dagster would trust a heartbeat for 1,800."""
    check = DAEMON_HEALTH_CHECK
    assert check.command == ("dagster-daemon", "liveness-check")
    assert 30 <= check.timeout <= 60  # ECS's most
    assert 120 <= check.start_period <= 300  # ECS's most
    assert 5 <= check.interval <= 300
    told = environment("prod", "us-west-1", "asset_manager.definitions", 3)
    tick = int(told["DAGSTER_SENSOR_GRPC_TIMEOUT_SECONDS"])
    assert tick < int(told["DAGSTER_DAEMON_HEARTBEAT_TOLERANCE"]) <= 2 * tick


def test_every_process_is_told_the_same() -> None:
    assert environment("prod", "us-west-1", "asset_manager.definitions", 3) == {
        "PYTHONUNBUFFERED": "1",
        "ENV": "prod",
        "AWS_REGION": "us-west-1",
        "DAGSTER_CODE_LOCATION": "asset_manager.definitions",
        "PGSSLMODE": "require",
        "DAGSTER_GRPC_TIMEOUT_SECONDS": "300",
        "DAGSTER_SENSOR_GRPC_TIMEOUT_SECONDS": "300",
        "DAGSTER_GRPC_MAX_WORKERS": "4",
        "DAGSTER_WEBSERVER_DB_POOL_MAX_OVERFLOW": "3",
        "DAGSTER_DAEMON_HEARTBEAT_TOLERANCE": "360",
        "AWS_RETRY_MODE": "adaptive",
        "AWS_MAX_ATTEMPTS": "10",
    }
