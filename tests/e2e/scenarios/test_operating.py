"""What an operator does on a deployment that stands: scale, run one command, one partition; look at the secrets."""

import json
import signal
import subprocess
import time
from typing import Any

import pytest

from ops.aws import steady
from ops.aws.one_off_task import STARTED_BY
from ops.dagster_api.runs import follow
from ops.dagster_api.web import Web
from tests.support.deployed import CANARIES, Deployed

CLUSTER, WEB, DAEMON = "asset-manager", "asset-manager-web", "asset-manager-daemon"


def ask(deployed: Deployed, *arguments: str) -> subprocess.CompletedProcess[str]:
    return deployed.tree.asset_manager(*arguments, environ=deployed.environ)


def web(deployed: Deployed) -> Web:
    return Web(f"http://127.0.0.1:{deployed.tree.web_port}", through_proxy=False)


def last(partitions: list[str], grain: str) -> str:
    """The last partition of a grain."""
    return max(key for key in partitions if f"::{grain}::" in key)


def tasks(deployed: Deployed, **filters: str) -> list[Any]:
    found = [
        arn
        for status in ("RUNNING", "STOPPED")
        for arn in deployed.ecs.list_tasks(cluster=CLUSTER, desiredStatus=status, **filters)["taskArns"]  # type: ignore[arg-type]
    ]
    return deployed.ecs.describe_tasks(cluster=CLUSTER, tasks=found)["tasks"] if found else []


def going_on(deployed: Deployed, service: str) -> int:
    """Those that have not ended, on their way there or not."""
    return sum(task["lastStatus"] != "STOPPED" for task in tasks(deployed, serviceName=service))


# --- scale ---


def test_web_is_scaled_within_the_settings_and_back(deployed: Deployed) -> None:
    for count, before in ((2, 1), (1, 2)):
        done = ask(deployed, "scale", "web", str(count))
        planned = ask(deployed, "plan")
        assert planned.returncode == 0, "Terraform takes back nothing that scaling did\n" + planned.stdout
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"{WEB}: {before} desired, {count} from now on\n")
        assert f"Back: asset-manager scale web {before} -e prod." in done.stdout
        assert going_on(deployed, WEB) == count
    refused = ask(deployed, "scale", "web", "4")
    assert refused.returncode == 3
    assert refused.stderr.startswith(
        "asset-manager: scale web 4: allowed are 0 and 1 to 3. Change `web: max_count:` in "
    )


def test_without_a_daemon_for_a_while_and_never_with_two(deployed: Deployed) -> None:
    alive = ("dagster-daemon", "liveness-check")  # the container's own health check
    lives = ask(deployed, "exec", "--", *alive)
    assert lives.returncode == 0, lives.stdout + lives.stderr
    stopped = ask(deployed, "scale", "daemon", "0")
    try:
        # Believing nothing older than a second beside the half minute from one heartbeat to the next, as ECS's check
        # believes nothing older than six minutes.
        deadline, dead = time.monotonic() + 60, lives
        while dead.returncode == 0:
            assert time.monotonic() < deadline, dead.stdout
            dead = ask(deployed, "exec", "--", "env", "DAGSTER_DAEMON_HEARTBEAT_TOLERANCE=1", *alive)
        assert dead.returncode == 1, dead.stdout + dead.stderr
        assert stopped.returncode == 0, stopped.stderr
        assert "no schedule fires and nothing leaves the queue" in stopped.stdout
        assert going_on(deployed, DAEMON) == 0  # ended, and not only asked to
        planned = ask(deployed, "plan")  # so that a secret can be set meanwhile, and a deploy starts none
        assert planned.returncode == 0, planned.stdout
    finally:
        back = ask(deployed, "scale", "daemon", "1")
    assert back.returncode == 0, back.stderr
    assert going_on(deployed, DAEMON) == 1
    refused = ask(deployed, "scale", "daemon", "2")
    assert refused.returncode == 3
    assert "Two daemons run every schedule twice" in refused.stderr


def test_nothing_is_scaled_while_a_deployment_is_under_way(deployed: Deployed) -> None:
    service = deployed.ecs.update_service(cluster=CLUSTER, service=WEB, forceNewDeployment=True)["service"]
    refused = ask(deployed, "scale", "web", "2")
    steady.wait(deployed.ecs, CLUSTER, {WEB: service["taskDefinition"]}, 120, print)
    assert refused.returncode == 5, refused.stderr
    assert refused.stdout == ""
    assert going_on(deployed, WEB) == 1


# --- exec ---


def test_a_command_runs_with_the_daemons_secrets_network_and_role_and_ends_with_its_own_exit_code(
    deployed: Deployed,
) -> None:
    script = 'test "$DAGSTER_PG_PASSWORD" || exit 1; dagster instance info | grep ^run_storage; echo said >&2; exit 7'
    done = ask(deployed, "exec", "--", "sh", "-c", script)
    assert done.returncode == 7, done.stderr
    assert done.stdout.splitlines() == ["run_storage: PostgresRunStorage", "said"]
    assert done.stderr.startswith("exit code 7: Essential container in task exited (arn:aws:ecs:")
    (task,) = [each for each in tasks(deployed, startedBy=STARTED_BY) if each["taskArn"] in done.stderr]
    (daemon,) = [each for each in tasks(deployed, serviceName=DAEMON) if each["lastStatus"] == "RUNNING"]
    for alike in ("taskDefinitionArn", "launchType", "clusterArn"):
        assert task[alike] == daemon[alike]
    assert task["overrides"]["containerOverrides"] == [{"name": DAEMON, "command": ["sh", "-c", script]}]


def test_a_second_daemon_and_what_ecs_does_not_start_are_refused(deployed: Deployed) -> None:
    daemon = ask(deployed, "exec", "dagster-daemon", "run")
    assert daemon.returncode == 6
    assert "a second daemon, which would run every schedule twice" in daemon.stderr
    long = ask(deployed, "exec", "echo", "x" * 8200)
    assert long.returncode == 1
    assert long.stderr.startswith("asset-manager: ECS starts no such task: ")


def test_a_command_that_is_interrupted_is_stopped(deployed: Deployed) -> None:
    process = deployed.tree.start("exec", "--", "sh", "-c", "echo begun; exec sleep 600", environ=deployed.environ)
    assert process.stdout
    try:
        assert process.stdout.readline() == "begun\n"
    finally:
        process.send_signal(signal.SIGINT)
        complaint, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    arn = complaint.partition("the task ")[2].partition(" ")[0]
    deadline = time.monotonic() + 30
    while (task := deployed.ecs.describe_tasks(cluster=CLUSTER, tasks=[arn])["tasks"][0])["lastStatus"] != "STOPPED":
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert task["stoppedReason"] == "asset-manager: interrupted"


# --- run ---


def test_one_partition_of_one_asset_is_materialized_and_followed(deployed: Deployed, partitions: list[str]) -> None:
    key = last(partitions, "week")
    done = ask(deployed, "run", "metric_semantic_values", key)
    assert done.returncode == 0, done.stderr
    first, log, *progress, task = done.stdout.splitlines()
    run = first.split()[1].rstrip(":")
    assert first == f"run {run}: metric_semantic_values of {key}"
    assert log == f"log: asset-manager logs run {run} -e prod"
    assert progress[-1].startswith(f"run {run}: SUCCESS after ")
    assert task.startswith("task: arn:aws:ecs:us-west-1:111122223333:task/asset-manager/")
    printed = ask(deployed, *log.split()[2:])
    assert "RUN_SUCCESS" in printed.stdout


def test_a_run_that_fails_says_in_which_step_and_why(deployed: Deployed, partitions: list[str]) -> None:
    key = last(partitions, "month")  # no test materializes metric_semantic_values of a month, which it reads
    failed = ask(deployed, "run", "snowflake_metric_cache", key)
    assert failed.returncode == 1, failed.stdout
    assert f" of snowflake_metric_cache of {key} is FAILURE: snowflake_metric_cache: " in failed.stderr
    assert "NoSuchKey" in failed.stderr
    assert "\nIts log: asset-manager logs run " in failed.stderr


def test_a_run_is_launched_and_not_waited_for(deployed: Deployed, partitions: list[str]) -> None:
    launched = ask(deployed, "run", "metric_semantic_values", last(partitions, "week"), "--no-wait")
    assert launched.returncode == 0, launched.stderr
    run = launched.stdout.split()[1].rstrip(":")
    assert len(launched.stdout.splitlines()) == 2
    assert follow(web(deployed), run, 120, print).status == "SUCCESS"


@pytest.mark.usefixtures("partitions")
def test_what_cannot_be_run_is_refused_with_what_can(deployed: Deployed) -> None:
    unknown = "is no asset that can be materialized. The nearest of 2: "
    for arguments, code, said in (
        (("snowflake_metric_cach", "x"), 3, f"snowflake_metric_cach {unknown}snowflake_metric_cache, metric_sem"),
        (("other/asset", "x"), 3, f"other/asset {unknown}"),
        (("snowflake_metric_cache", "acme::dya::revenue"), 3, "acme::day::revenue"),
        (("snowflake_metric_cache",), 3, "snowflake_metric_cache has partitions: name one of its "),
        (("snowflake_metric_cache", "x", "--url", "http://127.0.0.1:9"), 1, "http://127.0.0.1:9 does not answer"),
    ):
        done = ask(deployed, "run", *arguments)
        assert (done.returncode, done.stdout) == (code, "")
        assert said in done.stderr


# --- secrets list ---


def test_secrets_are_listed_without_a_value(deployed: Deployed) -> None:
    deployed.ssm.put_parameter(Name="/asset-manager/OTHER", Type="SecureString", Value="canary-other")
    try:
        told = ask(deployed, "secrets", "list", "--json")
        shown = ask(deployed, "secrets", "list")
    finally:
        deployed.ssm.delete_parameter(Name="/asset-manager/OTHER")
    assert (told.returncode, shown.returncode) == (0, 0), told.stderr + shown.stderr
    found = {each["name"]: each for each in json.loads(told.stdout)}
    assert list(found) == [
        "AUTH0_CLIENT_SECRET",
        "DAGSTER_PG_PASSWORD",
        "METRICS_DATABASE_URL",
        "SNOWFLAKE_PASSWORD",
        "OTHER",
    ]
    assert {name for name, each in found.items() if each["state"] != "ok"} == {"OTHER"}
    assert [line.split()[0] for line in shown.stdout.splitlines()] == ["NAME", *found]
    for value in (*CANARIES.values(), "canary"):
        assert value not in told.stdout + shown.stdout


def test_a_secret_whose_version_was_raised_is_not_deployed(deployed: Deployed) -> None:
    deployed.tree.edit("environments/prod.yaml", r"^  snowflake_password: (\d+)", "  snowflake_password: 99")
    try:
        told = ask(deployed, "secrets", "list")
    finally:
        deployed.tree.edit("environments/prod.yaml", r"^  snowflake_password: 99", "  snowflake_password: 1")
    (line,) = [line for line in told.stdout.splitlines() if line.startswith("SNOWFLAKE_PASSWORD")]
    assert "version 99 is not deployed, 1 is: export TF_VAR_snowflake_password, and deploy" in line
