"""`asset-manager deploy`, as an operator or a pipeline runs it."""

from typing import Any

from ops.local import environment

from .deployed import Deployed


def deploy(deployed: Deployed, *arguments: str) -> Any:
    """In a shell that reaches the local AWS, with the secrets that it was deployed with."""
    ports = environment.Ports(
        aws=deployed.tree.port,
        web=deployed.tree.web_port,
        postgres=deployed.tree.postgres_port,
        snowflake=deployed.tree.snowflake_port,
    )
    environ = {**deployed.environ, **environment.variables(ports)}
    return deployed.tree.asset_manager("deploy", *arguments, environ=environ)


def test_what_is_deployed_already_needs_no_answer_and_is_validated(deployed: Deployed) -> None:
    done = deploy(deployed)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "base: nothing to change\n" in done.stdout
    assert "services: nothing to change\n" in done.stdout
    assert "terraform apply" not in done.stdout
    assert "ok       server_info" in done.stdout


def test_a_change_is_shown_and_without_an_answer_not_made(deployed: Deployed) -> None:
    deployed.tree.edit("environments/prod.yaml", r"^log_retention_days: 30", "log_retention_days: 60")
    try:
        refused = deploy(deployed)
        assert refused.returncode == 15, refused.stdout + refused.stderr
        assert "base: 3 to change\n" in refused.stdout
        assert "    change   aws_cloudwatch_log_group.log-groups_web_50FBB0B4  (retention_in_days)\n" in refused.stdout
        assert "Say --yes. Nothing was changed." in refused.stderr
        assert retention(deployed) == {30}

        done = deploy(deployed, "--yes", "--no-validate")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "==> terraform apply: base\n" in done.stdout
        assert "terraform apply: services" not in done.stdout
        assert retention(deployed) == {60}
    finally:
        deployed.tree.edit("environments/prod.yaml", r"^log_retention_days: 60", "log_retention_days: 30")
        done = deploy(deployed, "--yes", "--no-validate")
    assert done.returncode == 0, done.stdout + done.stderr
    assert retention(deployed) == {30}


def retention(deployed: Deployed) -> set[int]:
    """In days, of the application's log groups."""
    groups = deployed.logs.describe_log_groups(logGroupNamePrefix="fulcrum/asset-manager/")["logGroups"]
    return {group["retentionInDays"] for group in groups}
