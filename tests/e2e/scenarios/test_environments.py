"""Three environments in one account: prod, and two that were made from it. None touches what is another's."""

import json
import re
from collections import Counter
from itertools import combinations

import psycopg2  # type: ignore[import-untyped]
import pytest
import yaml

from settings.load import load
from settings.side_by_side import policy_size
from tests.support.deployed import CANARIES, Deployed
from tests.support.three_environments import (
    DATABASES,
    HOSTS,
    NAMES,
    ONE,
    PROD,
    TWO,
    Done,
    Prod,
    ask,
    at_once,
    destroy,
    from_outside,
    made,
    prod,
    secrets,
    tasks,
    web,
)
from tests.support.validating import STANDING


def differ(deployed: Deployed) -> None:
    """In whatever a setting can make different and prod does not: a key, ARM64, office hours, no Spot, two networks."""
    key = deployed.client("kms").create_key()["KeyMetadata"]["Arn"]
    file = f"environments/{TWO}.yaml"
    for pattern, replacement in (
        (r"^kms_key_arn: null", f"kms_key_arn: {key}"),
        (r"^cpu_architecture: X86_64", "cpu_architecture: ARM64"),
        (r"^office_hours: null", 'office_hours: {start: "07:00", stop: "20:00"}'),
        (r"^  spot: true", "  spot: false"),
        (r"^  - 0\.0\.0\.0/0", "  - 198.51.100.0/24\n  - 203.0.113.0/25"),
        (r"^log_retention_days: 30", "log_retention_days: 7"),
    ):
        deployed.tree.edit(file, pattern, replacement)


def deploy_missing(deployed: Deployed) -> None:
    """Create and deploy the environments beside prod that do not exist, all at once."""
    given = {ONE: "feature/one", TWO: "PR 2"}
    missing = [name for name in given if not (deployed.tree.root / "environments" / f"{name}.yaml").exists()]
    if not missing:
        return
    for name in missing:
        created = ask(deployed, "env", "create", given[name], "--from", "prod")
        assert created.returncode == 0, created.stdout + created.stderr
    if TWO in missing:
        differ(deployed)
    databases = ask(deployed, "local", "databases")
    assert databases.returncode == 0, databases.stdout + databases.stderr
    deploys = at_once(deployed, [("deploy", "-e", name, "--yes") for name in missing], secrets(deployed))
    for done in deploys:
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"{len(STANDING)} ok" in done.stdout
        assert "services: can be planned once base is applied, and is shown then\n" in done.stdout


@pytest.fixture(scope="module")
def before(deployed: Deployed) -> Prod:
    """Prod, before the two others are deployed beside it, both at once."""
    planned = ask(deployed, "plan")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    found = prod(deployed)
    # For three at prod's size on one server.
    deployed.tree.edit("environments/prod.yaml", r"^  max_connections: 200\b", "  max_connections: 500")
    deploy_missing(deployed)
    return found


@pytest.fixture
def three(deployed: Deployed, before: Prod) -> Prod:
    """All three deployed, also after the test that removes one; prod before there was another."""
    deploy_missing(deployed)
    return before


@pytest.fixture(scope="module")
def planned_and_ran(deployed: Deployed, before: Prod) -> tuple[Done, Done]:
    """With all three there: a plan of prod, and meanwhile a run in another."""
    assert before.states
    deploy_missing(deployed)
    planned, ran = at_once(deployed, [("plan",), ("validate", "--run", "-e", ONE, "--json")])
    return planned, ran


@pytest.mark.timeout(1200)
def test_two_deployed_at_once_from_one_working_copy_touch_nothing_of_prods(
    deployed: Deployed, three: Prod, planned_and_ran: tuple[Done, Done]
) -> None:
    assert prod(deployed) == three
    planned, _ = planned_and_ran
    assert planned.returncode == 0, planned.stdout
    listed = ask(deployed, "env", "list", "--json")
    assert listed.returncode == 0, listed.stdout
    assert [
        (each["environment"], each["host"]) for each in json.loads(listed.stdout) if each["environment"] in HOSTS
    ] == [(name, HOSTS[name]) for name in (ONE, TWO, PROD)]


@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("three")
def test_no_resource_is_two_environments(deployed: Deployed) -> None:
    found = {name: made(deployed, name) for name in NAMES}
    kinds = {name: Counter(kind for kind, _ in ids) for name, ids in found.items()}
    del kinds[PROD]["aws_sns_topic_subscription"]  # of alarms: the others wake nobody
    assert kinds[ONE] == kinds[PROD]
    assert kinds[ONE].total() > 80
    for one, other in combinations(found, 2):
        assert found[one] & found[other] == set()
    running = [tasks(deployed, name) for name in NAMES]
    assert len(set().union(*running)) == 2 * len(NAMES)


@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("three")
def test_one_differs_in_all_that_a_setting_can_make_different(deployed: Deployed) -> None:
    """What only such settings bring is applied too, and AWS says that it is there."""
    name, settings = NAMES[TWO], load(TWO, deployed.tree.root / "environments")
    definition = deployed.ecs.describe_task_definition(taskDefinition=settings.names.run_family)["taskDefinition"]
    assert definition["runtimePlatform"]["cpuArchitecture"] == "ARM64"
    launcher = yaml.safe_load(deployed.ssm.get_parameter(Name=f"/{name}/DAGSTER_YAML")["Parameter"]["Value"])[
        "run_launcher"
    ]["config"]
    assert launcher["run_task_kwargs"]["launchType"] == "FARGATE"
    scaling = deployed.client("application-autoscaling")
    services = {f"service/asset-manager/{name}-{of}" for of in ("web", "daemon")}
    targets = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    least = {target["ResourceId"]: target["MinCapacity"] for target in targets}
    assert {service: least[service] for service in services} == dict.fromkeys(services, 0)
    actions = scaling.describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"]
    assert Counter(action["ResourceId"] for action in actions) == dict.fromkeys(services, 2)
    group = deployed.logs.describe_log_groups(logGroupNamePrefix=settings.names.web_log_group)["logGroups"][0]
    assert (group["kmsKeyId"], group["retentionInDays"]) == (settings.kms_key_arn, 7)
    rules = deployed.s3.get_bucket_encryption(Bucket=settings.artifacts_bucket)
    (rule,) = rules["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == settings.kms_key_arn
    (alb_group,) = deployed.ec2.describe_security_groups(
        Filters=[{"Name": "group-name", "Values": [settings.names.alb_security_group]}]
    )["SecurityGroups"]
    let_in = {block["CidrIp"] for permission in alb_group["IpPermissions"] for block in permission["IpRanges"]}
    assert let_in == {"198.51.100.0/24", "203.0.113.0/25"}
    again = ask(deployed, "plan", "-e", TWO)
    assert again.returncode == 0, again.stdout


@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("three")
def test_a_role_has_the_room_that_is_counted_for_each(deployed: Deployed) -> None:
    sizes = {}
    for role, of in (("fulcrum-ecs-execution-role", "execution"), ("fulcrum-ecs-task-role", "task")):
        assert set(deployed.iam.list_role_policies(RoleName=role)["PolicyNames"]) == {
            f"{n}-{of}" for n in NAMES.values()
        }
        for name, prefix in NAMES.items():
            document = deployed.iam.get_role_policy(RoleName=role, PolicyName=f"{prefix}-{of}")["PolicyDocument"]
            sizes[of, name] = len(re.sub(r"\s", "", json.dumps(document)))
    for name in NAMES:
        assert sizes["execution", name] == policy_size(load(name, deployed.tree.root / "environments"))
        assert sizes["task", name] < sizes["execution", name]


@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("three")
def test_each_web_server_answers_for_its_own_host_and_no_other(deployed: Deployed) -> None:
    for host in HOSTS.values():
        status, location = from_outside(deployed, host)
        assert status == 302
        assert f"redirect_uri=https%3A%2F%2F{host}%2Foauth2%2Fidpresponse&" in location
    assert from_outside(deployed, "dg-pr-3.leverslabs.com") == (404, "")
    for name in NAMES:
        assert web(deployed, name).server_info().status == 200
    assert web(deployed, "pr-3").server_info().status == 503
    groups = deployed.elbv2.describe_target_groups()["TargetGroups"]
    targets = [
        each["Target"]["Id"]
        for group in groups
        for each in deployed.elbv2.describe_target_health(TargetGroupArn=group["TargetGroupArn"])[
            "TargetHealthDescriptions"
        ]
    ]
    assert len(set(targets)) == len(targets) == len(NAMES)


@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("three")
def test_a_run_launched_in_one_is_in_its_database_its_bucket_and_its_logs_alone(
    deployed: Deployed, planned_and_ran: tuple[Done, Done]
) -> None:
    _, done = planned_and_ran
    assert done.returncode == 0, done.stdout + done.stderr
    (ran,) = [result["why"] for result in json.loads(done.stdout) if result["name"] == "run"]
    id_ = ran.split()[0]
    seen = {}
    for name, prefix in NAMES.items():
        with psycopg2.connect(
            host="127.0.0.1",
            port=deployed.tree.postgres_port,
            dbname=DATABASES[name],
            user="postgres",
            password=CANARIES["DAGSTER_PG_PASSWORD"],
            sslmode="require",
        ) as connection:
            cursor = connection.cursor()
            cursor.execute("SELECT count(*) FROM runs WHERE run_id = %s", (id_,))
            rows = cursor.fetchone()[0]
        found = web(deployed, name).query("query($id: ID!) { runOrError(runId: $id) { __typename } }", {"id": id_})
        bucket = "asset-manager-artifacts" if name == PROD else f"asset-manager-artifacts-{name}"
        objects = deployed.s3.list_objects_v2(Bucket=bucket, Prefix=f"compute-logs/storage/{id_}/")["KeyCount"]
        pages = deployed.logs.get_paginator("filter_log_events").paginate(logGroupName=f"fulcrum/{prefix}/runs")
        lines = sum(id_ in event["message"] for page in pages for event in page["events"])
        seen[name] = rows, found["runOrError"]["__typename"], objects > 0, lines > 0
    nowhere = (0, "RunNotFoundError", False, False)
    assert seen == {PROD: nowhere, ONE: (1, "Run", True, True), TWO: nowhere}


@pytest.mark.timeout(1200)
def test_what_removes_one_leaves_the_others_plans_empty(deployed: Deployed, three: Prod) -> None:
    refused = ask(deployed, "env", "remove", TWO)
    assert refused.returncode == 6, refused.stderr
    assert re.fullmatch(
        r"asset-manager: pr-2 is deployed: the state of base has \d+ resources, which nobody could find "
        r"without environments/pr-2\.yaml\. Destroy them first: asset-manager destroy -e pr-2\n",
        refused.stderr,
    )
    destroy(deployed, TWO)
    removed = ask(deployed, "env", "remove", TWO)
    assert removed.returncode == 0, removed.stderr
    assert not (deployed.tree.root / "environments" / f"{TWO}.yaml").exists()
    for done in at_once(deployed, [("plan", "-e", name) for name in (PROD, ONE)]):
        assert done.returncode == 0, done.stdout + done.stderr
    assert prod(deployed) == three
    assert from_outside(deployed, HOSTS[TWO]) == (404, "")
    assert [web(deployed, name).server_info().status for name in (PROD, ONE)] == [200, 200]
