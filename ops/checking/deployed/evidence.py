"""What a run must have left behind: its ECS task, output in its log stream, compute logs in S3, rows in Snowflake."""

from __future__ import annotations

import re
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import yaml

from ops.aws.ecs import short
from ops.checking.deployed.ecs import newest_revision
from ops.checking.deployed.run import Ran
from ops.checking.report import Check
from ops.console.finding import Finding, failed, ok
from ops.dagster_api.deployment import Deployment
from ops.dagster_api.runs import TASK_TAG
from ops.terraform.project import ROOT

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import TaskTypeDef
    from snowflake.connector import SnowflakeConnection

NAMES = ("ECS task of the run", "log stream of the run", "compute logs of the run", "rows in Snowflake")
RUN_TAG = "dagster/run_id"
LOGIN_SECONDS, NETWORK_SECONDS = 20, 60
LINES_READ = 100


def checks(deployment: Deployment, ran: Ran) -> list[Check]:
    functions = (task, log_stream, compute_logs, rows)
    return [Check(name, partial(function, deployment, ran)) for name, function in zip(NAMES, functions, strict=True)]


def task(deployment: Deployment, ran: Ran) -> Finding:
    """A task of the run definition was launched in the cluster for this run."""
    cluster = deployment.settings.existing.cluster
    arn = ran.tags.get(TASK_TAG)
    if arn is None:
        return failed(
            f"the run has no tag {TASK_TAG}: no task was launched for it",
            "Read the daemon's log group: RunTask was refused (task role, subnets), or another launcher is configured.",
        )
    found = deployment.ecs.describe_tasks(cluster=cluster, tasks=[arn], include=["TAGS"])["tasks"]
    newest = newest_revision(deployment, deployment.settings.names.run_family)
    return judge_task(found[0] if found else None, ran.id, cluster, newest)


def judge_task(found: TaskTypeDef | None, run_id: str, cluster: str, newest: str) -> Finding:
    """The task is of the newest run definition, has the run's tag, and did not fail."""
    if found is None:
        return failed(
            f"ECS knows no such task in the cluster {cluster}",
            "ECS forgets a stopped task after an hour: run it again.",
        )
    if found["taskDefinitionArn"] != newest:
        return failed(
            f"it ran {short(found['taskDefinitionArn'])}, and the newest revision is {short(newest)}",
            "The daemon still has the old configuration: deploy again, or restart the daemon's service.",
        )
    tags = {tag["key"]: tag["value"] for tag in found.get("tags", [])}
    if tags.get(RUN_TAG) != run_id:
        return failed(
            f"its tag {RUN_TAG} is {tags.get(RUN_TAG)}, and the run is {run_id}",
            "The task role needs ecs:TagResource, else run monitoring loses the run.",
        )
    if found.get("stopCode") == "TaskFailedToStart":  # then no container has an exit code
        return failed(
            f"it never started: {found.get('stoppedReason', 'no reason given')}",
            "A secret is missing in SSM, the image cannot be pulled, or the network leads nowhere: see the reason.",
        )
    codes = [each["exitCode"] for each in found["containers"] if "exitCode" in each]
    if any(codes):
        return failed(
            f"its exit code is {codes[0]}: {found.get('stoppedReason', 'no reason given')}",
            "137 is out of memory or killed: run: memory in the environment file. Else read its log stream.",
        )
    return ok(f"{short(found['taskArn'])} of {short(newest)} in {cluster}, {found['lastStatus']}")


def log_stream(deployment: Deployment, ran: Ran) -> Finding:
    """The task wrote to its log stream."""
    names = deployment.settings.names
    task_arn = ran.tags.get(TASK_TAG)
    if task_arn is None:
        return failed("there is no task, and so no log", "See `ECS task of the run`.")
    return lines(deployment, newest_revision(deployment, names.run_family), names.run_container, short(task_arn))


def lines(deployment: Deployment, definition: str, container: str, task_id: str) -> Finding:
    """The task has a log stream with lines."""
    described = deployment.ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]
    options = next(
        each["logConfiguration"]["options"] for each in described["containerDefinitions"] if each["name"] == container
    )
    group = options["awslogs-group"]
    stream = f"{options['awslogs-stream-prefix']}/{container}/{task_id}"
    found = deployment.logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=stream)["logStreams"]
    if not found:
        return failed(
            f"there is no stream {stream} in {group}",
            "The execution role needs logs:CreateLogStream on the group, or somebody deleted the stream.",
        )
    events = deployment.logs.get_log_events(
        logGroupName=group, logStreamName=stream, limit=LINES_READ, startFromHead=True
    )["events"]
    if not events:
        return failed(f"{stream} in {group} is empty", "The execution role needs logs:PutLogEvents on the group.")
    return ok(f"{group} {stream}: {len(events)} lines{' or more' * (len(events) == LINES_READ)}")


def compute_logs(deployment: Deployment, ran: Ran) -> Finding:
    """The assets' output is in the bucket, where the UI reads it."""
    instance = yaml.safe_load((ROOT / "dagster" / "dagster.yaml").read_text())
    bucket = deployment.settings.artifacts_bucket
    prefix = f"{instance['compute_logs']['config']['prefix']}/storage/{ran.id}/"
    found = deployment.s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    written = [each for each in found if each["Size"] > 0]
    if not written:
        return failed(
            f"there is no compute log below s3://{bucket}/{prefix}" + f" ({len(found)} empty)" * bool(found),
            "The task role needs s3:PutObject on the bucket, or somebody emptied it; the UI has no output to show.",
        )
    return ok(f"s3://{bucket}/{prefix}: {len(found)} objects, {sum(each['Size'] for each in found)} bytes")


def rows(deployment: Deployment, ran: Ran) -> Finding:
    """Snowflake holds as many rows as the run reports."""
    if ran.rows is None or ran.table is None:
        return failed("the run says of no table that it wrote to it", "See `run`.")
    metric = ran.partition.rpartition("::")[2]
    return judge_rows(_count(deployment, ran.table, metric), ran.rows, ran.table, metric)


def judge_rows(found: int, wrote: int, table: str, metric: str) -> Finding:
    """As many rows as were written, and not zero."""
    if found != wrote:
        return failed(
            f"{table} holds {found} rows of {metric}, and the run wrote {wrote}",
            "Somebody changed the table, or the run wrote to another account: compare SNOWFLAKE_* in SSM. "
            "Materializing the partition again corrects the rows.",
        )
    if wrote == 0:
        return failed(
            f"the run wrote no rows of {metric}", "The metrics database has no values of it: see the asset checks."
        )
    return ok(f"{table} holds {found} rows of {metric}, as the run says")


def _count(deployment: Deployment, table: str, metric: str) -> int:
    if not re.fullmatch(r"[A-Z0-9_]+", table):
        raise ValueError(f"the run names a table {table!r}, which is no plain name")
    with closing(connect(deployment)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {table} WHERE METRIC = %s", (metric,))  # noqa: S608  a checked name
        (count,) = cursor.fetchall()[0]
    return int(count)


def connect(deployment: Deployment) -> SnowflakeConnection:
    """Snowflake, with the same parameters that the run gets."""
    import snowflake.connector  # noqa: PLC0415  a second, which only this check needs

    prefix = f"{deployment.settings.names.parameter_prefix}/SNOWFLAKE_"
    fields = ("ACCOUNT", "USER", "PASSWORD", "DATABASE", "SCHEMA", "WAREHOUSE", "HOST", "PORT", "PROTOCOL")
    found = deployment.ssm.get_parameters(Names=[prefix + field for field in fields], WithDecryption=True)
    if found["InvalidParameters"]:
        raise LookupError(f"SSM has no {', '.join(found['InvalidParameters'])}")
    given = {each["Name"].removeprefix(prefix).lower(): each["Value"] for each in found["Parameters"]}
    return snowflake.connector.connect(
        **{**given, "port": int(given["port"])}, login_timeout=LOGIN_SECONDS, network_timeout=NETWORK_SECONDS
    )
