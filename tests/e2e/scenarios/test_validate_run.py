"""`asset-manager validate --run`: what a run must leave behind is there, and told once it is gone."""

from contextlib import ExitStack, closing, suppress
from typing import Any

import pytest

from ops.checking.deployed import evidence
from ops.checking.deployed.run import Ran, judge_run, materialize
from ops.checking.report import Check
from ops.checking.validate import results_of_a_run
from ops.dagster_api.deployment import Deployment
from tests.support.validating import OF_A_RUN, assert_ok, broken, newer_revision, quiet


@pytest.fixture(scope="module")
def ran(deployment: Deployment) -> Ran:
    return materialize(deployment.web, quiet)


def test_a_run_leaves_a_task_a_log_stream_compute_logs_and_rows(deployment: Deployment, ran: Ran) -> None:
    checks = [Check("run", lambda: judge_run(ran)), *evidence.checks(deployment, ran)]
    assert [check.name for check in checks] == OF_A_RUN
    assert_ok(checks)


def test_an_emptied_bucket_is_reported(deployment: Deployment, ran: Ran, restore: ExitStack) -> None:
    checks, bucket = evidence.checks(deployment, ran), deployment.settings.artifacts_bucket
    for each in deployment.s3.list_objects_v2(Bucket=bucket, Prefix="compute-logs/")["Contents"]:
        body = deployment.s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()
        restore.callback(deployment.s3.put_object, Bucket=bucket, Key=each["Key"], Body=body)
        deployment.s3.delete_object(Bucket=bucket, Key=each["Key"])
    found = broken(checks, "compute logs of the run")["compute logs of the run"]
    assert found.why == f"there is no compute log below s3://{bucket}/compute-logs/storage/{ran.id}/"
    restore.close()
    assert_ok(checks)


def test_a_deleted_log_stream_and_an_empty_one_are_reported(
    deployment: Deployment, ran: Ran, restore: ExitStack
) -> None:
    checks, group = evidence.checks(deployment, ran), deployment.settings.names.run_log_group
    name = f"ecs/asset-manager-run/{ran.tags['ecs/task_arn'].rpartition('/')[2]}"
    stream: Any = {"logGroupName": group, "logStreamName": name}
    events = deployment.logs.get_log_events(**stream, startFromHead=True)["events"]
    lines: Any = [{"timestamp": each["timestamp"], "message": each["message"]} for each in events]
    restore.callback(deployment.logs.put_log_events, **stream, logEvents=lines)
    restore.callback(create_if_missing, deployment, stream)
    deployment.logs.delete_log_stream(**stream)
    found = broken(checks, "log stream of the run")["log stream of the run"]
    assert found.why == f"there is no stream {name} in {group}"
    deployment.logs.create_log_stream(**stream)
    assert broken(checks, "log stream of the run")["log stream of the run"].why == f"{name} in {group} is empty"
    restore.close()
    assert_ok(checks)


def create_if_missing(deployment: Deployment, stream: Any) -> None:
    with suppress(deployment.logs.exceptions.ResourceAlreadyExistsException):
        deployment.logs.create_log_stream(**stream)


def test_rows_that_are_gone_from_snowflake_are_reported(deployment: Deployment, ran: Ran, restore: ExitStack) -> None:
    checks, metric = evidence.checks(deployment, ran), ran.partition.rpartition("::")[2]
    rename = f"UPDATE {ran.table} SET METRIC = %s WHERE METRIC = %s"  # noqa: S608  the run's own name
    cursor = restore.enter_context(closing(restore.enter_context(closing(evidence.connect(deployment))).cursor()))
    restore.callback(cursor.execute, rename, (metric, "hidden"))
    cursor.execute(rename, ("hidden", metric))
    found = broken(checks, "rows in Snowflake")["rows in Snowflake"]
    assert found.why == f"{ran.table} holds 0 rows of {metric}, and the run wrote {ran.rows}"
    assert "Materializing the partition again corrects the rows." in found.next
    restore.close()
    assert_ok(checks)


def test_a_run_of_an_older_run_definition_is_reported(deployment: Deployment, ran: Ran, restore: ExitStack) -> None:
    checks = evidence.checks(deployment, ran)
    newer = newer_revision(deployment, restore, "asset-manager-run", {})
    found = broken(checks, "ECS task of the run")["ECS task of the run"]
    assert found.why.endswith(f"and the newest revision is {newer.rpartition('/')[2]}")
    assert found.next.startswith("The daemon still has the old configuration")
    restore.close()
    assert_ok(checks)


def test_a_run_that_fails_is_reported_with_its_cause(deployment: Deployment, restore: ExitStack) -> None:
    name = "/asset-manager/METRICS_DATABASE_URL"
    url = deployment.ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]

    def store(value: str) -> None:
        deployment.ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)

    restore.callback(store, url)
    store("postgresql+psycopg2://nobody@127.0.0.1:1/metrics")
    run, task, *rest = results_of_a_run(deployment, quiet)
    assert (run.name, run.status) == ("run", "failed")
    assert "metric_semantic_values: " in run.why
    assert "the metrics database at postgresql+psycopg2://nobody@127.0.0.1:1/metrics did not answer" in run.why
    assert task.status == "ok"
    assert [(each.name, each.status) for each in rest if each.status == "failed"] == [("rows in Snowflake", "failed")]
