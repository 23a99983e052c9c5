"""Who may enter: sign-in at the load balancer, on the synthesized JSON."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.repository import ROOT

from .stack import Stack


def rule(services: Stack) -> dict[str, Any]:
    """The listener rule in the stack's template."""
    stack = services.resource("aws_cloudformation_stack", name="asset-manager-sign-in")
    (made,) = json.loads(stack["template_body"])["Resources"].values()
    assert made["Type"] == "AWS::ElasticLoadBalancingV2::ListenerRule"
    properties = made["Properties"]
    assert isinstance(properties, dict)
    return properties


def test_the_rule_of_https_is_for_the_host_at_priority_100(base: Stack, services: Stack) -> None:
    made = rule(services)
    assert base.behind(made["ListenerArn"]) == f"${{{base.address('aws_lb_listener', port=443)}.arn}}"
    assert made["Priority"] == 100
    assert made["Conditions"] == [{"Field": "host-header", "HostHeaderConfig": {"Values": ["dg.leverslabs.com"]}}]


def test_the_rule_authenticates_before_it_forwards(services: Stack) -> None:
    authenticate, forward = rule(services)["Actions"]
    assert (authenticate["Order"], forward["Order"]) == (1, 2)
    assert forward["TargetGroupArn"] == f"${{{services.address('aws_lb_target_group')}.arn}}"
    oidc = authenticate["AuthenticateOidcConfig"]
    assert (authenticate["Type"], oidc["OnUnauthenticatedRequest"]) == ("authenticate-oidc", "authenticate")
    assert oidc["Issuer"] == "https://example.us.auth0.com/"
    assert oidc["AuthorizationEndpoint"] == "https://example.us.auth0.com/authorize"
    assert oidc["TokenEndpoint"] == "https://example.us.auth0.com/oauth/token"
    assert oidc["UserInfoEndpoint"] == "https://example.us.auth0.com/userinfo"
    assert oidc["ClientId"] == "example-auth0-client-id"


def test_no_other_rule_leads_to_the_web_tasks(base: Stack, services: Stack) -> None:
    refusing = services.resources("aws_lb_listener_rule").values()
    assert {action["type"] for rule in refusing for action in rule["action"]} == {"fixed-response"}
    for listener in base.resources("aws_lb_listener").values():
        assert {action["type"] for action in listener["default_action"]} <= {"fixed-response", "redirect"}


def test_the_rule_has_the_secret_by_reference_to_its_very_version(base: Stack, services: Stack) -> None:
    reference = rule(services)["Actions"][0]["AuthenticateOidcConfig"]["ClientSecret"]
    assert reference.startswith("{{resolve:secretsmanager:${")
    assert reference.endswith("}}}")
    name, version = reference.removeprefix("{{resolve:secretsmanager:").removesuffix("}}").split(":SecretString:::")
    secret = base.address("aws_secretsmanager_secret", name="asset-manager/AUTH0_CLIENT_SECRET")
    assert base.behind(name) == f"${{{secret}.name}}"
    assert base.behind(version) == f"${{{base.address('aws_secretsmanager_secret_version')}.version_id}}"


def test_the_secret_is_written_only_and_from_the_variable_that_ssm_has(base: Stack) -> None:
    version = base.resource("aws_secretsmanager_secret_version")
    parameter = base.resource("aws_ssm_parameter", name="/asset-manager/AUTH0_CLIENT_SECRET")
    assert version["secret_string_wo"] == parameter["value_wo"] == "${var.auth0_client_secret}"  # noqa: S105
    assert version["secret_string_wo_version"] == parameter["value_wo_version"] == 1
    assert not {"secret_string", "secret_binary"} & set(version)
    assert base.document["variable"]["auth0_client_secret"]["ephemeral"] is True


def test_the_old_version_keeps_its_label_until_the_new_one_is_there(base: Stack) -> None:
    """CloudFormation resolves the old reference too when it updates."""
    assert "lifecycle" not in base.resource("aws_secretsmanager_secret_version")


def test_the_secrets_name_is_free_again_after_a_destroy(base: Stack) -> None:
    assert base.resource("aws_secretsmanager_secret")["recovery_window_in_days"] == 0


@pytest.fixture(scope="module")
def unsigned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Stack]:
    """Both stacks of prod without an auth0_domain."""
    folder = tmp_path_factory.mktemp("unsigned")
    settings = yaml.safe_load((ROOT / "environments" / "prod.yaml").read_text()) | {"auth0_domain": None}
    file = folder / "prod.yaml"
    file.write_text(yaml.safe_dump(settings))
    code = "import sys, pathlib, main, settings.load as s; main.synthesize(s.load('prod', pathlib.Path(sys.argv[1])))"
    environ = {**os.environ, "CDKTF_OUTDIR": str(folder), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-P", "-c", code, str(folder)], cwd=ROOT, env=environ, check=True)
    return {name: read(folder, name) for name in ("base", "services")}


def read(folder: Path, name: str) -> Stack:
    return Stack((folder / "stacks" / name / "cdk.tf.json").read_text())


def test_without_a_domain_a_plain_rule_forwards(unsigned: dict[str, Stack]) -> None:
    services = unsigned["services"]
    assert services.resources("aws_cloudformation_stack") == {}
    made = services.resource("aws_lb_listener_rule", priority=101)
    assert made["condition"] == [{"host_header": {"values": ["dg.leverslabs.com"]}}]
    group = services.address("aws_lb_target_group")
    assert made["action"] == [{"type": "forward", "target_group_arn": f"${{{group}.arn}}"}]
    web = services.resource("aws_ecs_service", name="asset-manager-web")
    assert services.address("aws_lb_listener_rule", priority=101) in web["depends_on"]


def test_switching_sign_in_makes_the_new_rule_beside_the_old_one(services: Stack, unsigned: dict[str, Stack]) -> None:
    """AWS has no two rules of one priority, and Terraform makes before it deletes."""
    plain = unsigned["services"].resource("aws_lb_listener_rule", priority=101)
    assert plain["priority"] > rule(services)["Priority"]


def test_the_rules_that_refuse_stand_ahead_with_and_without_sign_in(
    services: Stack, unsigned: dict[str, Stack]
) -> None:
    def refusing(stack: Stack) -> dict[str, Any]:
        return {name: one for name, one in stack.resources("aws_lb_listener_rule").items() if one["priority"] != 101}

    assert refusing(services) == refusing(unsigned["services"])
    assert max(one["priority"] for one in refusing(services).values()) < rule(services)["Priority"]


def test_without_a_domain_the_load_balancer_talks_to_the_tasks_only(unsigned: dict[str, Stack]) -> None:
    base = unsigned["base"]
    alb = f"${{{base.address('aws_security_group', name='asset-manager-alb-sg')}.id}}"
    egress = base.resources("aws_vpc_security_group_egress_rule").values()
    assert [rule["from_port"] for rule in egress if rule["security_group_id"] == alb] == [3000]


def test_the_client_secret_outlives_a_rule_that_goes(unsigned: dict[str, Stack]) -> None:
    """CloudFormation resolves the reference once more to delete what has it (coverage-roadmap#1507)."""
    assert len(unsigned["base"].resources("aws_secretsmanager_secret_version")) == 1
