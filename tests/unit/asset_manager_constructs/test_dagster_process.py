"""The daemon's health check; tests/synth states commands and variables."""

from asset_manager_constructs.dagster_process import DAEMON_HEALTH_CHECK, environment


def test_the_daemons_health_check_has_the_time_that_it_takes_and_believes_no_predecessor_for_long() -> None:
    """It takes 2 to 4 seconds of a full core; a tick may take 300, and Dagster would trust a heartbeat for 1,800."""
    check = DAEMON_HEALTH_CHECK
    assert check.command == ("dagster-daemon", "liveness-check")
    assert 30 <= check.timeout <= 60  # ECS's most
    assert 120 <= check.start_period <= 300  # ECS's most
    assert 5 <= check.interval <= 300
    variables = environment("prod", "us-west-1", "asset_manager.definitions", 3)
    tick = int(variables["DAGSTER_SENSOR_GRPC_TIMEOUT_SECONDS"])
    assert tick < int(variables["DAGSTER_DAEMON_HEARTBEAT_TOLERANCE"]) <= 2 * tick
