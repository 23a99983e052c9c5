"""What a change does: planned, applied or refused, on top of the session's deployment. These tests run last."""

import json
import subprocess
import sys
from typing import Any

from .deployed import CANARIES, Deployed


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
    deployed.tree.edit("dagster/dagster.yaml", r"max_concurrent_runs: 10$", "max_concurrent_runs: 11")
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
    assert "max_concurrent_runs" in deployed.ssm.get_parameter(Name="/asset-manager/DAGSTER_YAML")["Parameter"]["Value"]
    for family, name in (("asset_manager-web-task", "web"), ("asset_manager-daemon-task", "daemon")):
        old, new = revisions(deployed, family)
        (service,) = deployed.ecs.describe_services(cluster="asset-manager", services=[f"asset-manager-{name}"])[
            "services"
        ]
        assert service["taskDefinition"] == new != old
    assert len(revisions(deployed, "asset-manager-run")) == 1


def test_a_rotated_secret_is_in_ssm_and_rolls_the_services(deployed: Deployed) -> None:
    rotated = CANARIES["DAGSTER_PG_PASSWORD"] + "-rotated"
    done = deployed.tree.asset_manager("rotate", "DAGSTER_PG_PASSWORD", environ=deployed.environ, stdin=rotated + "\n")
    assert done.returncode == 0, done.stdout + done.stderr
    stored = deployed.ssm.get_parameter(Name="/asset-manager/DAGSTER_PG_PASSWORD", WithDecryption=True)["Parameter"]
    assert stored["Value"] == rotated
    other = deployed.ssm.get_parameter(Name="/asset-manager/AUTH0_CLIENT_SECRET", WithDecryption=True)["Parameter"]
    assert other["Value"] == CANARIES["AUTH0_CLIENT_SECRET"]
    assert "dagster_pg_password: 2" in (deployed.tree.root / "environments" / "prod.yaml").read_text()
    assert rotated not in done.stdout + done.stderr
    for family in ("asset_manager-web-task", "asset_manager-daemon-task"):
        assert len(revisions(deployed, family)) == 3
    for file in (deployed.tree.root / "cdktf.out").rglob("*.json"):
        assert rotated not in file.read_text()


def test_a_raised_version_without_a_value_is_refused_and_stores_nothing(deployed: Deployed) -> None:
    deployed.tree.edit("environments/prod.yaml", r"auth0_client_secret: 1$", "auth0_client_secret: 2")
    try:
        done = deployed.tree.asset_manager("local", "up", environ={"TF_VAR_auth0_client_secret": ""})
    finally:
        deployed.tree.edit("environments/prod.yaml", r"auth0_client_secret: 2$", "auth0_client_secret: 1")
    assert done.returncode == 10
    assert done.stderr == (
        "asset-manager: AUTH0_CLIENT_SECRET: new, or its version was raised, and no value was given. "
        "Export TF_VAR_auth0_client_secret and run it again. Nothing was changed.\n"
    )
    stored = deployed.ssm.get_parameter(Name="/asset-manager/AUTH0_CLIENT_SECRET", WithDecryption=True)["Parameter"]
    assert stored["Value"] == CANARIES["AUTH0_CLIENT_SECRET"]


def test_a_changed_port_applies_in_one_go(deployed: Deployed) -> None:
    """The new target group first, then the rule, then the service; the old one goes last (DESIGN.md, trap 7)."""
    deployed.tree.edit("environments/prod.yaml", r"^  port: 3000$", "  port: 3001")
    done = deployed.tree.asset_manager("local", "up")
    assert done.returncode == 0, done.stdout + done.stderr
    (group,) = deployed.elbv2.describe_target_groups()["TargetGroups"]
    assert (group["TargetGroupName"], group["Port"]) == ("asset-manager-web-3001-tg", 3001)
    (service,) = deployed.ecs.describe_services(cluster="asset-manager", services=["asset-manager-web"])["services"]
    assert service["loadBalancers"][0]["targetGroupArn"] == group["TargetGroupArn"]
