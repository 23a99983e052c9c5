"""What a change does: planned, applied or refused, on top of the session's deployment."""

import json
import subprocess
import sys
from hashlib import sha256
from typing import Any

import yaml

from tests.support.deployed import CANARIES, Deployed
from tests.support.signing_in import client_secret_digests, listener_rules, stored_client_secret
from tests.support.traces import traces


def planned(deployed: Deployed, stack: str) -> dict[str, list[str]]:
    """What Terraform would do to each resource that it would touch, by type and name."""
    plan = deployed.tree.root / f"{stack}.tfplan"
    done = deployed.terraform(stack, "plan", "-input=false", "-no-color", f"-out={plan}")
    assert done.returncode == 0, done.stderr
    shown: dict[str, Any] = json.loads(deployed.terraform(stack, "show", "-json", str(plan)).stdout)
    plan.unlink()
    return {
        f"{change['type']} {change['name'].rpartition('_')[0]}": change["change"]["actions"]
        for change in shown["resource_changes"]
        if change["change"]["actions"] not in (["no-op"], ["read"])
    }


def synthesize(deployed: Deployed) -> None:
    """The tree's JSON anew, where Terraform works."""

    subprocess.run(
        [sys.executable, "-P", str(deployed.tree.root / "main.py")],
        cwd=deployed.tree.root,
        env={**deployed.tree.environ, "CDKTF_OUTDIR": str(deployed.tree.root / ".local" / "cdktf.out")},
        check=True,
    )


def revisions(deployed: Deployed, family: str) -> list[str]:
    return deployed.ecs.list_task_definitions(familyPrefix=family, status="ACTIVE")["taskDefinitionArns"]


def test_a_changed_dagster_yaml_is_one_parameter_and_two_new_revisions(deployed: Deployed) -> None:
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


def test_applied_it_rolls_both_services_and_keeps_the_old_revisions(deployed: Deployed) -> None:
    done = deployed.tree.asset_manager("local", "up")
    assert done.returncode == 0, done.stdout + done.stderr
    stored = deployed.ssm.get_parameter(Name="/asset-manager/DAGSTER_YAML")["Parameter"]["Value"]
    assert yaml.safe_load(stored)["run_monitoring"]["poll_interval_seconds"] == 61
    for family, name in (("asset_manager-web-task", "web"), ("asset_manager-daemon-task", "daemon")):
        old, new = revisions(deployed, family)
        (service,) = deployed.ecs.describe_services(cluster="asset-manager", services=[f"asset-manager-{name}"])[
            "services"
        ]
        assert service["taskDefinition"] == new != old
    assert len(revisions(deployed, "asset-manager-run")) == 1


def test_a_rotated_secret_is_in_ssm_and_rolls_the_services(deployed: Deployed) -> None:
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
    for family in ("asset_manager-web-task", "asset_manager-daemon-task"):
        assert len(revisions(deployed, family)) == 3
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
    assert done.returncode == 10
    assert done.stderr == (
        "asset-manager: SNOWFLAKE_PASSWORD: new, or its version was raised, and no value was given. "
        "Export TF_VAR_snowflake_password and run it again. Nothing was changed.\n"
    )
    stored = deployed.ssm.get_parameter(Name="/asset-manager/SNOWFLAKE_PASSWORD", WithDecryption=True)["Parameter"]
    assert stored["Value"] == CANARIES["SNOWFLAKE_PASSWORD"]


def test_a_changed_port_applies_in_one_go(deployed: Deployed) -> None:
    """The new target group first, then the rule, then the service; the old one goes last (docs/traps.md, 7)."""
    deployed.tree.edit("environments/prod.yaml", r"^  port: 3000$", "  port: 3001")
    done = deployed.tree.asset_manager("local", "up")
    assert done.returncode == 0, done.stdout + done.stderr
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
