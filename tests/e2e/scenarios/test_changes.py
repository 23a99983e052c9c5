"""What a change does to a deployment: planned, applied or refused."""

from hashlib import sha256

import yaml

from tests.support.deployed import CANARIES, Deployed
from tests.support.planning import planned, synthesize
from tests.support.signing_in import STACK, client_secret_digests, listener_rules, stored_client_secret
from tests.support.traces import traces

WEB, DAEMON, RUN = "asset_manager-web-task", "asset_manager-daemon-task", "asset-manager-run"  # families


def up(deployed: Deployed) -> str:
    """Deploy the tree as it is now; what was printed."""
    done = deployed.tree.asset_manager("local", "up")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def revisions(deployed: Deployed) -> dict[str, set[str]]:
    """The active ones of each family."""
    return {
        family: set(deployed.ecs.list_task_definitions(familyPrefix=family, status="ACTIVE")["taskDefinitionArns"])
        for family in (WEB, DAEMON, RUN)
    }


def assert_rolled(deployed: Deployed, before: dict[str, set[str]]) -> None:
    """Web and daemon run one new revision each, of runs there is none, and all of those before are still active."""
    after = revisions(deployed)
    assert all(before[family] <= after[family] for family in before)
    services = ["asset-manager-web", "asset-manager-daemon"]
    found = deployed.ecs.describe_services(cluster="asset-manager", services=services)["services"]
    current = {service["serviceName"]: {service["taskDefinition"]} for service in found}
    new = {family: after[family] - before[family] for family in before}
    assert new == {WEB: current["asset-manager-web"], DAEMON: current["asset-manager-daemon"], RUN: set()}


def stacks(deployed: Deployed) -> list[str]:
    """Those of CloudFormation."""
    found = deployed.client("cloudformation").list_stacks(StackStatusFilter=["CREATE_COMPLETE", "UPDATE_COMPLETE"])
    return [stack["StackName"] for stack in found["StackSummaries"]]


def test_a_changed_dagster_yaml_is_one_parameter_and_a_new_revision_of_each_service(deployed: Deployed) -> None:
    deployed.tree.edit("dagster/dagster.yaml", r"poll_interval_seconds: 60$", "poll_interval_seconds: 61")
    synthesize(deployed)
    changes = planned(deployed, "services")
    assert changes == {
        "aws_ssm_parameter dagster-instance_parameter": ["update"],
        # A new revision; with skip_destroy the old one stays registered.
        "aws_ecs_task_definition web_definition": ["delete", "create"],
        "aws_ecs_task_definition daemon_definition": ["delete", "create"],
        # And what rolls onto it.
        "aws_ecs_service web-service": ["update"],
        "aws_ecs_service daemon-service": ["update"],
    }
    assert planned(deployed, "base") == {}

    before = revisions(deployed)
    up(deployed)
    stored = deployed.ssm.get_parameter(Name="/asset-manager/DAGSTER_YAML")["Parameter"]["Value"]
    assert yaml.safe_load(stored)["run_monitoring"]["poll_interval_seconds"] == 61
    assert_rolled(deployed, before)


def test_a_rotated_secret_is_in_ssm_and_rolls_the_services(deployed: Deployed) -> None:
    before = revisions(deployed)
    rotated = CANARIES["AUTH0_CLIENT_SECRET"] + "-rotated"
    done = deployed.tree.asset_manager(
        "secrets", "set", "AUTH0_CLIENT_SECRET", environ=deployed.environ, stdin=rotated + "\n"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    stored = deployed.ssm.get_parameter(Name="/asset-manager/AUTH0_CLIENT_SECRET", WithDecryption=True)["Parameter"]
    assert stored["Value"] == rotated
    assert stored_client_secret(deployed)["SecretString"] == rotated
    (rule,) = listener_rules(deployed)
    assert client_secret_digests(deployed) == {rule["RuleArn"]: sha256(rotated.encode()).hexdigest()}
    other = deployed.ssm.get_parameter(Name="/asset-manager/DAGSTER_PG_PASSWORD", WithDecryption=True)["Parameter"]
    assert other["Value"] == CANARIES["DAGSTER_PG_PASSWORD"]
    assert "auth0_client_secret: 2" in (deployed.tree.root / "environments" / "prod.yaml").read_text()
    assert_rolled(deployed, before)
    places = {"what it printed": done.stdout + done.stderr, **traces(deployed)}
    assert places["base's state"]
    assert places["cdktf.out/environments/prod/stacks/base/cdk.tf.json"]
    assert [place for place, text in places.items() if rotated in text] == []


def test_a_raised_version_without_a_value_is_refused_and_stores_nothing(deployed: Deployed) -> None:
    deployed.tree.edit("environments/prod.yaml", r"snowflake_password: 1$", "snowflake_password: 2")
    without = {**deployed.environ, "TF_VAR_snowflake_password": ""}
    try:
        done = deployed.tree.asset_manager("cdktf", "deploy", "base", "--auto-approve", environ=without)
    finally:
        deployed.tree.edit("environments/prod.yaml", r"snowflake_password: 2$", "snowflake_password: 1")
    assert done.returncode == 6
    assert done.stderr == (
        "asset-manager: SNOWFLAKE_PASSWORD: new, or its version was raised, and no value was given. "
        "Export TF_VAR_snowflake_password and run it again. Nothing was changed.\n"
    )
    stored = deployed.ssm.get_parameter(Name="/asset-manager/SNOWFLAKE_PASSWORD", WithDecryption=True)["Parameter"]
    assert stored["Value"] == CANARIES["SNOWFLAKE_PASSWORD"]


def test_a_changed_port_applies_in_one_go(deployed: Deployed) -> None:
    """The new target group first, then the rule, then the service; the old one goes last (docs/traps.md, 7)."""
    deployed.tree.edit("environments/prod.yaml", r"^  port: 3000$", "  port: 3001")
    up(deployed)
    (group,) = deployed.elbv2.describe_target_groups()["TargetGroups"]
    assert (group["TargetGroupName"], group["Port"]) == ("asset-manager-web-3001-tg", 3001)
    (service,) = deployed.ecs.describe_services(cluster="asset-manager", services=["asset-manager-web"])["services"]
    assert service["loadBalancers"][0]["targetGroupArn"] == group["TargetGroupArn"]
    (rule,) = listener_rules(deployed)
    assert [action["Type"] for action in rule["Actions"]] == ["authenticate-oidc", "forward"]
    assert rule["Actions"][1]["TargetGroupArn"] == group["TargetGroupArn"]

    deployed.tree.edit("environments/prod.yaml", r"^  port: 3001$", "  port: 3000")
    back = deployed.tree.asset_manager("deploy", "--yes", environ=deployed.environ)
    assert back.returncode == 0, back.stdout + back.stderr


def test_sign_in_is_switched_off_and_on_again_each_in_one_apply(deployed: Deployed) -> None:
    """AWS has no two rules of one priority."""
    deployed.tree.edit("environments/prod.yaml", r"^auth0_domain: example\.us\.auth0\.com", "auth0_domain: null")
    printed = up(deployed)
    assert "off: auth0_domain is not set, so the load balancer asks nobody to sign in" in printed
    (rule,) = listener_rules(deployed)
    assert (rule["Priority"], [action["Type"] for action in rule["Actions"]]) == ("101", ["forward"])
    assert stacks(deployed) == []
    assert stored_client_secret(deployed)["SecretString"].startswith(CANARIES["AUTH0_CLIENT_SECRET"])

    # The target group of the plain rule is replaced in one apply too.
    deployed.tree.edit("environments/prod.yaml", r"^  port: 3000", "  port: 3001")
    assert "ok       server_info" in up(deployed)
    (group,) = deployed.elbv2.describe_target_groups()["TargetGroups"]
    assert group["Port"] == 3001
    (rule,) = listener_rules(deployed)
    assert rule["Actions"][0]["TargetGroupArn"] == group["TargetGroupArn"]

    deployed.tree.edit("environments/prod.yaml", r"^  port: 3001", "  port: 3000")
    deployed.tree.edit("environments/prod.yaml", r"^auth0_domain: null", "auth0_domain: example.us.auth0.com")
    up(deployed)
    (rule,) = listener_rules(deployed)
    assert (rule["Priority"], rule["Actions"][0]["Type"]) == ("100", "authenticate-oidc")
    assert list(client_secret_digests(deployed)) == [rule["RuleArn"]]
    assert stacks(deployed) == [STACK]
    plan = deployed.terraform("services", "plan", "-input=false", "-no-color", "-detailed-exitcode")
    assert plan.returncode == 0, plan.stdout
