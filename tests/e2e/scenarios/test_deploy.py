"""`asset-manager deploy`, as an operator or a pipeline runs it."""

import subprocess

from tests.support.deployed import CANARIES, Deployed


def deploy(deployed: Deployed, *arguments: str) -> subprocess.CompletedProcess[str]:
    """In a shell that reaches the local AWS, and that has no secret: none is new."""
    return deployed.tree.asset_manager("deploy", *arguments, environ=deployed.environ)


def test_what_is_deployed_already_needs_no_answer_and_is_validated(deployed: Deployed) -> None:
    done = deploy(deployed)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "base: nothing to change\n" in done.stdout
    assert "services: nothing to change\n" in done.stdout
    assert "terraform apply" not in done.stdout
    assert "ok       server_info" in done.stdout


def test_a_change_is_shown_and_without_an_answer_not_made(deployed: Deployed) -> None:
    deployed.tree.edit("environments/prod.yaml", r"^deletion_protection: true", "deletion_protection: false")
    try:
        refused = deploy(deployed)
        assert refused.returncode == 6, refused.stdout + refused.stderr
        assert "base: 1 to change\n" in refused.stdout
        assert "    change   aws_lb.load-balancer_alb_15AADC07  (enable_deletion_protection)\n" in refused.stdout
        assert "Say --yes. Nothing was changed." in refused.stderr
        assert deployed.is_protected()

        done = deploy(deployed, "--yes", "--no-validate")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "==> terraform apply: base\n" in done.stdout
        assert "terraform apply: services" not in done.stdout
        assert not deployed.is_protected()
    finally:
        deployed.tree.edit("environments/prod.yaml", r"^deletion_protection: false", "deletion_protection: true")
        done = deploy(deployed, "--yes", "--no-validate")
    assert done.returncode == 0, done.stdout + done.stderr
    assert deployed.is_protected()


def test_an_image_that_is_not_there_is_refused_before_anything_is_planned(deployed: Deployed) -> None:
    deployed.tree.edit("environments/prod.yaml", r"^image_tag: latest", "image_tag: nowhere")
    try:
        refused = deploy(deployed, "--yes")
    finally:
        deployed.tree.edit("environments/prod.yaml", r"^image_tag: nowhere", "image_tag: latest")
    assert refused.returncode == 6, refused.stdout + refused.stderr
    assert refused.stderr.startswith("asset-manager: the repository asset-manager has no image nowhere. It has latest.")
    assert "terraform" not in refused.stdout


def test_while_ecs_rolls_the_last_deployment_another_one_has_to_be_meant(deployed: Deployed) -> None:
    deployed.ecs.update_service(cluster="asset-manager", service="asset-manager-web", forceNewDeployment=True)
    refused = deploy(deployed, "--yes")
    assert refused.returncode == 5, refused.stdout + refused.stderr
    assert refused.stderr.startswith("asset-manager: a deployment of prod is under way:\n    asset-manager-web: ")
    assert "terraform" not in refused.stdout

    done = deploy(deployed, "--yes", "--supersede", "--no-validate")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "asset-manager-web: " in done.stdout  # it was waited for


def test_a_plan_is_a_comment_for_a_pull_request_and_its_exit_code_says_whether_there_is_any(deployed: Deployed) -> None:
    none = deployed.tree.asset_manager("plan", "--markdown", environ=deployed.environ)
    assert none.returncode == 0, none.stderr
    assert none.stdout.split("\n\n") == [
        "## Plan of prod (account 111122223333, us-west-1)",
        "### `base`: nothing to change",
        "### `services`: nothing to change",
        "",
    ]
    deployed.tree.edit("environments/prod.yaml", r"^  snowflake_password: 1", "  snowflake_password: 2")
    deployed.tree.edit("environments/prod.yaml", r"^log_retention_days: 30", "log_retention_days: 60")
    try:
        given = {f"TF_VAR_{name.lower()}": value for name, value in CANARIES.items()}
        some = deployed.tree.asset_manager("plan", "--markdown", environ=deployed.environ | given)
    finally:
        deployed.tree.edit("environments/prod.yaml", r"^log_retention_days: 60", "log_retention_days: 30")
        deployed.tree.edit("environments/prod.yaml", r"^  snowflake_password: 2", "  snowflake_password: 1")
    assert some.returncode == 2, some.stderr
    assert "| change | `aws_cloudwatch_log_group.log-groups_web_50FBB0B4` | retention_in_days |" in some.stdout
    assert "value_wo_version" in some.stdout
    assert "<details><summary>the whole plan of base</summary>" in some.stdout
    for canary in CANARIES.values():
        assert canary not in some.stdout + some.stderr
