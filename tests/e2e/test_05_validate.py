"""`asset-manager validate`: each check fails and names the cause when its thing is broken, and is ok once mended."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from ops.local.prerequisites import local_session
from ops.validation import evidence
from ops.validation.command import results_of, results_of_a_run, standing_checks
from ops.validation.deployment import Deployment
from ops.validation.report import Check, Result, look
from ops.validation.run import Ran, judge_run, materialize
from stacks.settings import load

from .deployed import Deployed

CLUSTER, WEB, DAEMON = "asset-manager", "asset-manager-web", "asset-manager-daemon"
STANDING = [
    "service asset-manager-web",
    "service asset-manager-daemon",
    "tasks of asset-manager-web",
    "tasks of asset-manager-daemon",
    "target health",
    "security group asset-manager-alb-sg",
    "security group asset-manager-services-sg",
    "dns alias",
    "sign-in",
    "server_info",
    "code location",
    "assets",
    "schedules and sensors",
    "daily_snowflake_cache_schedule",
    "partition_sync_sensor",
    "daemon heartbeats",
]
OF_A_RUN = [
    "run",
    "ECS task of the run",
    "log stream of the run",
    "compute logs of the run",
    "rows in Snowflake",
]
OVER_GRAPHQL = STANDING[STANDING.index("server_info") + 1 :]


def quiet(_line: str) -> None:
    """Nobody waits for it."""


@pytest.fixture(scope="module")
def deployment(deployed: Deployed) -> Deployment:
    return Deployment(
        settings=load("prod"),
        session=local_session(deployed.region),
        endpoint=deployed.endpoint,
        url=f"http://127.0.0.1:{deployed.tree.web_port}",
        environ=deployed.environ,
    )


@pytest.fixture(scope="module")
def standing(deployment: Deployment) -> list[Check]:
    """Made once: what is expected of the security groups is synthesized once."""
    checks = standing_checks(deployment)
    assert_ok(checks)
    return checks


@pytest.fixture(scope="module")
def ran(deployment: Deployment) -> Ran:
    return materialize(deployment.web, quiet)


@pytest.fixture
def mend() -> Iterator[ExitStack]:
    """What puts right again what a test breaks, whatever becomes of the test."""
    with ExitStack() as stack:
        yield stack


def assert_ok(checks: list[Check], seconds: float = 120) -> None:
    """All of them, or soon."""
    assert [result for result in look(checks, seconds, quiet) if result.status != "ok"] == []


def broken(checks: list[Check], *names: str, saying: str = "", seconds: float = 90) -> dict[str, Result]:
    """The results that are not ok, once exactly those checks failed that are named, and one of them says this."""
    deadline = time.monotonic() + seconds
    while True:
        found = {result.name: result for result in look(checks, 0, quiet) if result.status != "ok"}
        failed = [name for name, result in found.items() if result.status == "failed"]
        said = " | ".join(result.why for result in found.values())
        if (failed == list(names) and saying in said) or time.monotonic() > deadline:
            assert (failed, saying in said) == (list(names), True), said
            return found
        time.sleep(0.5)


def newer_revision(deployment: Deployment, mend: ExitStack, family: str, changes: dict[str, Any]) -> str:
    """The ARN of another revision of the family, with other values of its container."""
    made: Any = deployment.ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
    kept = ("family", "taskRoleArn", "executionRoleArn", "networkMode", "requiresCompatibilities", "cpu", "memory")
    container: Any = {**made["containerDefinitions"][0], **changes}
    copy = {name: made[name] for name in kept}
    registered = deployment.ecs.register_task_definition(**copy, containerDefinitions=[container])
    arn = registered["taskDefinition"]["taskDefinitionArn"]
    mend.callback(deployment.ecs.deregister_task_definition, taskDefinition=arn)
    return arn


def set_service(deployment: Deployment, service: str, mend: ExitStack, change: Any, back: Any) -> None:
    """Change a service, and back."""
    mend.callback(deployment.ecs.update_service, cluster=CLUSTER, service=service, **back)
    deployment.ecs.update_service(cluster=CLUSTER, service=service, **change)


def current(deployment: Deployment, service: str) -> str:
    """The revision that the service is set to."""
    (found,) = deployment.ecs.describe_services(cluster=CLUSTER, services=[service])["services"]
    return found["taskDefinition"]


def test_a_sound_deployment_passes_and_says_so_in_a_stable_order(deployed: Deployed, standing: list[Check]) -> None:
    assert [check.name for check in standing] == STANDING
    done = deployed.tree.asset_manager("validate", "--json", environ=deployed.environ)
    assert (done.returncode, done.stderr) == (0, "")
    assert [(each["name"], each["status"]) for each in json.loads(done.stdout)] == [(name, "ok") for name in STANDING]


def test_a_run_leaves_a_task_a_log_stream_compute_logs_and_rows(deployment: Deployment, ran: Ran) -> None:
    checks = [Check("run", lambda: judge_run(ran)), *evidence.checks(deployment, ran)]
    assert [check.name for check in checks] == OF_A_RUN
    assert_ok(checks)


def test_a_service_on_an_older_revision_is_told(deployment: Deployment, standing: list[Check], mend: ExitStack) -> None:
    newer = newer_revision(deployment, mend, "asset_manager-web-task", {})
    found = broken(standing, "service asset-manager-web", "tasks of asset-manager-web")
    old, new = (arn.rpartition("/")[2] for arn in (current(deployment, WEB), newer))
    assert found["service asset-manager-web"].why == f"it runs {old}, and the newest revision is {new}"
    mend.close()
    assert_ok(standing)


def test_a_deployment_that_was_rolled_back_is_told_though_the_service_is_steady(
    deployment: Deployment, standing: list[Check], mend: ExitStack
) -> None:
    bounds = {"minimumHealthyPercent": 0, "maximumPercent": 100}
    breaker = {**bounds, "deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    good = current(deployment, DAEMON)
    crashing = newer_revision(deployment, mend, "asset_manager-daemon-task", {"command": ["false"]})
    change = {"taskDefinition": crashing, "deploymentConfiguration": breaker}
    set_service(deployment, DAEMON, mend, change, {"taskDefinition": good, "deploymentConfiguration": bounds})
    failing = ["service asset-manager-daemon", "tasks of asset-manager-daemon"]
    broken(standing, *failing, "daemon heartbeats", saying="Essential container in task exited (exit code 1)")
    rolled_back = "it was rolled back: (service asset-manager-daemon) rolling back to deployment"
    found = broken(standing, *failing, saying=rolled_back)[failing[0]]
    assert current(deployment, DAEMON) == good
    assert found.next.startswith("The new tasks did not stay")
    mend.close()
    assert_ok(standing)


def test_a_stopped_daemon_is_told_and_no_run_is_begun_without_it(
    deployment: Deployment, standing: list[Check], mend: ExitStack
) -> None:
    set_service(deployment, DAEMON, mend, {"desiredCount": 0}, {"desiredCount": 1})
    found = broken(standing, "service asset-manager-daemon", "tasks of asset-manager-daemon", "daemon heartbeats")
    assert found["service asset-manager-daemon"].why.startswith("its desired count is 0, and the settings say 1")
    assert found["daemon heartbeats"].why.startswith("no daemon task is running; the last heartbeat is ")
    results = results_of(deployment, quiet, run=True, patience_seconds=0)
    assert [(each.name, each.status, each.next) for each in results[len(STANDING) :]] == [
        (name, "skipped", "see daemon heartbeats") for name in OF_A_RUN
    ]
    mend.close()
    assert_ok(standing)


def test_a_stopped_web_server_is_told_and_the_command_ends_with_12(
    deployed: Deployed, deployment: Deployment, standing: list[Check], mend: ExitStack
) -> None:
    set_service(deployment, WEB, mend, {"desiredCount": 0}, {"desiredCount": 1})
    failing = ["service asset-manager-web", "tasks of asset-manager-web", "target health", "server_info"]
    found = broken(standing, *failing)
    assert found["target health"].why == "0 healthy targets, and 1 wanted"
    assert f"{deployment.url}/server_info answers 503" in found["server_info"].why
    assert [name for name, result in found.items() if result.status == "skipped"] == OVER_GRAPHQL
    done = deployed.tree.asset_manager("validate", environ=deployed.environ)
    assert (done.returncode, done.stderr) == (12, "")
    assert [line[9:].split("  ")[0] for line in done.stdout.splitlines() if line.startswith("FAILED")] == failing
    assert done.stdout.endswith("\n\n6 ok, 4 failed, 6 skipped\n")
    mend.close()
    assert_ok(standing)


def test_an_unhealthy_target_is_told_with_the_reason(
    deployment: Deployment, standing: list[Check], mend: ExitStack
) -> None:
    (group,) = deployment.elbv2.describe_target_groups(Names=["asset-manager-web-tg"])["TargetGroups"]
    arn, modify = group["TargetGroupArn"], deployment.elbv2.modify_target_group
    # Else ECS replaces the task as soon as it is unhealthy.
    patient = {"healthCheckGracePeriodSeconds": 3600}
    set_service(deployment, WEB, mend, patient, {"healthCheckGracePeriodSeconds": 120})
    mend.callback(modify, TargetGroupArn=arn, Matcher={"HttpCode": "200"})
    modify(TargetGroupArn=arn, Matcher={"HttpCode": "201"})
    found = broken(standing, "target health", "server_info")
    assert found["target health"].why.endswith(":3000 is unhealthy (Health checks failed with these codes: [200])")
    mend.close()
    assert_ok(standing)


def test_an_image_without_the_code_location_is_told(
    deployment: Deployment, standing: list[Check], mend: ExitStack
) -> None:
    good = current(deployment, WEB)
    definition: Any = deployment.ecs.describe_task_definition(taskDefinition=good)["taskDefinition"]
    pairs = [(pair["name"], pair["value"]) for pair in definition["containerDefinitions"][0]["environment"]]
    variables = {**dict(pairs), "DAGSTER_CODE_LOCATION": "elsewhere.definitions"}
    environment = [{"name": name, "value": value} for name, value in variables.items()]
    other = newer_revision(deployment, mend, "asset_manager-web-task", {"environment": environment})
    set_service(deployment, WEB, mend, {"taskDefinition": other}, {"taskDefinition": good})
    found = broken(standing, *OVER_GRAPHQL[:-1])
    assert "No module named 'elsewhere'" in found["code location"].why
    missing = "assets not there: metric_semantic_values, snowflake_metric_cache; there are: none"
    assert found["assets"].why == missing
    mend.close()
    assert_ok(standing)


def test_a_revoked_rule_is_named_and_deploying_again_mends_it(
    deployed: Deployed, deployment: Deployment, standing: list[Check], mend: ExitStack
) -> None:
    groups = deployment.ec2.describe_security_groups()["SecurityGroups"]
    ids = {group["GroupName"]: group["GroupId"] for group in groups}
    peer = {"GroupId": ids["asset-manager-alb-sg"]}
    web: Any = {"IpProtocol": "tcp", "FromPort": 3000, "ToPort": 3000, "UserIdGroupPairs": [peer]}
    mend.callback(deployed.terraform, "base", "apply", "-input=false", "-auto-approve", "-no-color")
    deployment.ec2.revoke_security_group_ingress(GroupId=ids["asset-manager-services-sg"], IpPermissions=[web])
    found = broken(standing, "security group asset-manager-services-sg")["security group asset-manager-services-sg"]
    assert found.why == "missing: in tcp 3000 from asset-manager-alb-sg"
    assert found.next == "Deploy again: make deploy; on the laptop make local."
    mend.close()
    assert_ok(standing)


def test_a_rule_that_is_not_in_the_stack_is_named(
    deployment: Deployment, standing: list[Check], mend: ExitStack
) -> None:
    named: Any = {"Name": "group-name", "Values": ["asset-manager-alb-sg"]}
    (group,) = deployment.ec2.describe_security_groups(Filters=[named])["SecurityGroups"]
    ssh: Any = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    revoke = deployment.ec2.revoke_security_group_ingress
    deployment.ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[ssh])
    mend.callback(revoke, GroupId=group["GroupId"], IpPermissions=[ssh])
    found = broken(standing, "security group asset-manager-alb-sg")["security group asset-manager-alb-sg"]
    assert found.why == "not in the stack: in tcp 22 from 0.0.0.0/0"
    assert "revoke it" in found.next
    mend.close()
    assert_ok(standing)


def test_a_name_that_leads_elsewhere_or_nowhere_is_told(
    deployment: Deployment, standing: list[Check], mend: ExitStack
) -> None:
    (zone,) = deployment.route53.list_hosted_zones()["HostedZones"]
    records = deployment.route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    (good,) = [record for record in records if record["Type"] == "A"]

    def change(action: Any, record: Any) -> None:
        batch: Any = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        deployment.route53.change_resource_record_sets(HostedZoneId=zone["Id"], ChangeBatch=batch)

    expected, wrong = good["AliasTarget"]["DNSName"], "other-1.us-west-1.elb.amazonaws.com"
    elsewhere = {**good, "AliasTarget": {**good["AliasTarget"], "DNSName": wrong}}
    mend.callback(change, "UPSERT", good)
    change("UPSERT", elsewhere)
    found = broken(standing, "dns alias")["dns alias"]
    assert found.why == f"dg.leverslabs.com is an alias of {wrong}; expected is {expected}"
    change("DELETE", elsewhere)
    found = broken(standing, "dns alias")["dns alias"]
    assert found.why == f"there is no record A for dg.leverslabs.com; expected is an alias of {expected}"
    mend.close()
    assert_ok(standing)


@pytest.mark.parametrize(
    ("kind", "stop", "name"),
    [
        ("Schedule", "stopRunningSchedule", "daily_snowflake_cache_schedule"),
        ("Sensor", "stopSensor", "partition_sync_sensor"),
    ],
)
def test_a_paused_schedule_or_sensor_is_told(
    deployment: Deployment, standing: list[Check], mend: ExitStack, kind: str, stop: str, name: str
) -> None:
    query, lower = deployment.web.query, kind.lower()
    repository = {"repositoryName": "__repository__", "repositoryLocationName": "asset_manager.definitions"}
    it = {"it": {**repository, f"{lower}Name": name}}
    state = f"{lower}OrError({lower}Selector: $it) {{ ... on {kind} {{ {lower}State {{ id }} }} }}"
    id_ = query(f"query($it: {kind}Selector!) {{ {state} }}", it)[f"{lower}OrError"][f"{lower}State"]["id"]
    reset = f"mutation($it: {kind}Selector!) {{ reset{kind}({lower}Selector: $it) {{ __typename }} }}"
    mend.callback(query, reset, it)
    query(f"mutation($id: String) {{ {stop}(id: $id) {{ __typename }} }}", {"id": id_})
    found = broken(standing, name)[name]
    assert found.why == "it is STOPPED, and RUNNING is expected"
    assert found.next == f"Somebody switched the {lower} off: switch it on in the UI (Automation)."
    mend.close()
    assert_ok(standing)


def test_an_emptied_bucket_is_told(deployment: Deployment, ran: Ran, mend: ExitStack) -> None:
    checks, bucket = evidence.checks(deployment, ran), deployment.settings.artifacts_bucket
    for each in deployment.s3.list_objects_v2(Bucket=bucket, Prefix="compute-logs/")["Contents"]:
        body = deployment.s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()
        mend.callback(deployment.s3.put_object, Bucket=bucket, Key=each["Key"], Body=body)
        deployment.s3.delete_object(Bucket=bucket, Key=each["Key"])
    found = broken(checks, "compute logs of the run")["compute logs of the run"]
    assert found.why == f"there is no compute log below s3://{bucket}/compute-logs/storage/{ran.id}/"
    mend.close()
    assert_ok(checks)


def test_a_deleted_log_stream_and_an_empty_one_are_told(deployment: Deployment, ran: Ran) -> None:
    checks, group = evidence.checks(deployment, ran), deployment.settings.names.run_log_group
    stream = f"ecs/asset-manager-run/{ran.tags['ecs/task_arn'].rpartition('/')[2]}"
    deployment.logs.delete_log_stream(logGroupName=group, logStreamName=stream)
    found = broken(checks, "log stream of the run")["log stream of the run"]
    assert found.why == f"there is no stream {stream} in {group}"
    deployment.logs.create_log_stream(logGroupName=group, logStreamName=stream)
    assert broken(checks, "log stream of the run")["log stream of the run"].why == f"{stream} in {group} is empty"
    line: Any = {"timestamp": int(time.time() * 1000), "message": "a line"}
    deployment.logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[line])
    assert_ok(checks)


def test_rows_that_are_gone_from_snowflake_are_told(deployment: Deployment, ran: Ran, mend: ExitStack) -> None:
    checks, metric = evidence.checks(deployment, ran), ran.partition.rpartition("::")[2]
    rename = f"UPDATE {ran.table} SET METRIC = %s WHERE METRIC = %s"  # noqa: S608  the run's own name
    cursor = mend.enter_context(closing(mend.enter_context(closing(evidence.connect(deployment))).cursor()))
    mend.callback(cursor.execute, rename, (metric, "hidden"))
    cursor.execute(rename, ("hidden", metric))
    found = broken(checks, "rows in Snowflake")["rows in Snowflake"]
    assert found.why == f"{ran.table} holds 0 rows of {metric}, and the run wrote {ran.rows}"
    assert "Materializing the partition again mends the rows." in found.next
    mend.close()
    assert_ok(checks)


def test_a_run_of_an_older_run_definition_is_told(deployment: Deployment, ran: Ran, mend: ExitStack) -> None:
    checks = evidence.checks(deployment, ran)
    newer = newer_revision(deployment, mend, "asset-manager-run", {})
    found = broken(checks, "ECS task of the run")["ECS task of the run"]
    assert found.why.endswith(f"and the newest revision is {newer.rpartition('/')[2]}")
    assert found.next.startswith("The daemon still has the old configuration")
    mend.close()
    assert_ok(checks)


def test_a_run_that_fails_is_told_with_its_cause(deployment: Deployment, mend: ExitStack) -> None:
    name = "/asset-manager/METRICS_DATABASE_URL"
    url = deployment.ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]

    def store(value: str) -> None:
        deployment.ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)

    mend.callback(store, url)
    store("postgresql+psycopg2://nobody@127.0.0.1:1/metrics")
    run, task, *rest = results_of_a_run(deployment, quiet)
    assert (run.name, run.status) == ("run", "failed")
    assert "metric_semantic_values: " in run.why
    assert "the metrics database at postgresql+psycopg2://nobody@127.0.0.1:1/metrics did not answer" in run.why
    assert task.status == "ok"
    assert [(each.name, each.status) for each in rest if each.status == "failed"] == [("rows in Snowflake", "failed")]
