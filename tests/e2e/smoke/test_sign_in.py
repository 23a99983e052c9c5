"""Who may enter: the deployed listener rule, its client secret, and the laptop's load balancer that honours it."""

import http.client
import json
from contextlib import closing
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.deployed import CANARIES, Deployed
from tests.support.signing_in import (
    client_secret_digests,
    every_rule,
    listener_rules,
    sign_in_template,
    stored_client_secret,
)


def ask(deployed: Deployed, host: str, path: str) -> tuple[int, str, str]:
    """Status, Location and body of what the local load balancer answers to a request for this host."""
    with closing(http.client.HTTPConnection("127.0.0.1", deployed.tree.web_port, timeout=30)) as connection:
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location", ""), answer.read().decode()


def test_the_rules_that_refuse_come_first(deployed: Deployed) -> None:
    kinds = [(int(rule["Priority"]), rule["Actions"][-1]["Type"]) for rule in every_rule(deployed)]
    assert kinds == [*((priority, "fixed-response") for priority in range(10, 15)), (100, "forward")]


def test_the_one_rule_to_the_tasks_authenticates_at_auth0_and_then_forwards(deployed: Deployed) -> None:
    (rule,) = listener_rules(deployed)
    (group,) = deployed.elbv2.describe_target_groups(Names=["asset-manager-web-tg"])["TargetGroups"]
    assert rule["Priority"] == "100"
    assert rule["Conditions"][0]["HostHeaderConfig"]["Values"] == ["dg.leverslabs.com"]
    authenticate, forward = rule["Actions"]
    assert (authenticate["Type"], authenticate["Order"]) == ("authenticate-oidc", 1)
    assert (forward["Type"], forward["Order"]) == ("forward", 2)
    assert forward["TargetGroupArn"] == group["TargetGroupArn"]
    assert authenticate["AuthenticateOidcConfig"] == {
        "Issuer": "https://example.us.auth0.com/",
        "AuthorizationEndpoint": "https://example.us.auth0.com/authorize",
        "TokenEndpoint": "https://example.us.auth0.com/oauth/token",
        "UserInfoEndpoint": "https://example.us.auth0.com/userinfo",
        "ClientId": "example-auth0-client-id",
        "OnUnauthenticatedRequest": "authenticate",
        "Scope": "openid",
        "SessionTimeout": 43200,
        "SessionCookieName": "AWSELBAuthSessionCookie",
    }


def test_the_rule_has_the_very_secret_that_secrets_manager_has(deployed: Deployed) -> None:
    (rule,) = listener_rules(deployed)
    secret = CANARIES["AUTH0_CLIENT_SECRET"]
    assert client_secret_digests(deployed) == {rule["RuleArn"]: sha256(secret.encode()).hexdigest()}
    stored = stored_client_secret(deployed)
    assert stored["SecretString"] == secret
    assert f"{{{{resolve:secretsmanager:{stored['Name']}:SecretString:::{stored['VersionId']}}}}}" in sign_in_template(
        deployed
    )


@pytest.mark.parametrize("path", ["/", "/graphql", "/server_info"])
def test_nobody_reaches_dagster_from_outside_without_signing_in(deployed: Deployed, path: str) -> None:
    status, location, body = ask(deployed, "dg.leverslabs.com", path)
    to, asked = urlsplit(location), parse_qs(urlsplit(location).query)
    assert (status, body) == (302, "")
    assert f"{to.scheme}://{to.netloc}{to.path}" == "https://example.us.auth0.com/authorize"
    assert (asked["client_id"], asked["response_type"], asked["scope"]) == (
        ["example-auth0-client-id"],
        ["code"],
        ["openid"],
    )
    assert asked["redirect_uri"] == ["https://dg.leverslabs.com/oauth2/idpresponse"]
    assert asked["state"]


def test_another_host_is_not_found(deployed: Deployed) -> None:
    assert ask(deployed, "elsewhere.leverslabs.com", "/") == (404, "", "Not Found")


def test_the_laptops_own_door_is_behind_sign_in(deployed: Deployed) -> None:
    status, _, body = ask(deployed, f"127.0.0.1:{deployed.tree.web_port}", "/server_info")
    assert status == 200
    assert "dagster_version" in json.loads(body)


def test_health_checks_pass_no_rule(deployed: Deployed) -> None:
    """Past the rule a target is asked by its address, and is healthy though nobody signed in."""
    (group,) = deployed.elbv2.describe_target_groups(Names=["asset-manager-web-tg"])["TargetGroups"]
    found = deployed.elbv2.describe_target_health(TargetGroupArn=group["TargetGroupArn"])
    assert [target["TargetHealth"]["State"] for target in found["TargetHealthDescriptions"]] == ["healthy"]
