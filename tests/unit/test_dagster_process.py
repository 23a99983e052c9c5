"""Commands and variables of Dagster's processes."""

from asset_manager_constructs.dagster_process import DAEMON_COMMAND, environment, web_command


def test_the_web_server_listens_on_every_address_of_its_task() -> None:
    assert " ".join(web_command(3000)) == "dagster-webserver -w workspace.yaml --port 3000 --host 0.0.0.0"


def test_the_daemon_runs() -> None:
    assert " ".join(DAEMON_COMMAND) == "dagster-daemon run"


def test_every_process_is_told_the_same() -> None:
    assert environment("prod", "us-west-1", "asset_manager.definitions") == {
        "PYTHONUNBUFFERED": "1",
        "ENV": "prod",
        "AWS_REGION": "us-west-1",
        "DAGSTER_CODE_LOCATION": "asset_manager.definitions",
        "PGSSLMODE": "require",
        "DAGSTER_GRPC_TIMEOUT_SECONDS": "300",
        "DAGSTER_SENSOR_GRPC_TIMEOUT_SECONDS": "300",
        "DAGSTER_GRPC_MAX_WORKERS": "4",
    }
