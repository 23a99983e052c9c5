"""A listener rule with sign-in on the local AWS: made by CloudFormation, told without its secret, honoured in front."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from settings.facts.sign_in_template import SignIn, sign_in_template

from .local_ecs import LocalEcs

HOST, STACK, SECRET = "dg.example.com", "sign-in", "app/SECRET"
JSON = dict[str, Any]


@pytest.fixture(scope="module")
def listener(local: LocalEcs) -> str:
    """The ARN of an HTTPS listener that answers 404."""
    ec2, elbv2 = local.client("ec2"), local.client("elbv2")
    (subnet,) = local.network["awsvpcConfiguration"]["subnets"]
    vpc = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]
    second = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.7.0/24")["Subnet"]["SubnetId"]
    alb = elbv2.create_load_balancer(Name="sign-in", Subnets=[subnet, second])["LoadBalancers"][0]["LoadBalancerArn"]
    certificate = local.client("acm").request_certificate(DomainName="*.example.com")["CertificateArn"]
    not_found = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "Not Found"}
    made = elbv2.create_listener(
        LoadBalancerArn=alb,
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": certificate}],
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": not_found}],
    )
    return str(made["Listeners"][0]["ListenerArn"])


@pytest.fixture(scope="module")
def group(local: LocalEcs) -> str:
    (subnet,) = local.network["awsvpcConfiguration"]["subnets"]
    vpc = local.client("ec2").describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]
    made = local.client("elbv2").create_target_group(
        Name="signed-in", Protocol="HTTP", Port=3000, VpcId=vpc, TargetType="ip"
    )
    return str(made["TargetGroups"][0]["TargetGroupArn"])


@pytest.fixture(scope="module")
def template(local: LocalEcs, listener: str, group: str) -> JSON:
    made = local.client("secretsmanager").create_secret(Name=SECRET, SecretString="the first")
    return of(listener, group, made["VersionId"])


@pytest.fixture(scope="module")
def stack(local: LocalEcs, template: JSON) -> Iterator[str]:
    formation = local.client("cloudformation")
    formation.create_stack(StackName=STACK, TemplateBody=json.dumps(template))
    yield STACK
    formation.delete_stack(StackName=STACK)


def of(listener: str, group: str, version: str) -> JSON:
    sign_in = SignIn(domain="org.auth0.com", client_id="the-app", secret_name=SECRET, secret_version_id=version)
    return sign_in_template(listener, HOST, group, sign_in)


def rules(local: LocalEcs, listener: str) -> list[JSON]:
    found = local.client("elbv2").describe_rules(ListenerArn=listener)["Rules"]
    return [rule for rule in found if not rule["IsDefault"]]


def digests(local: LocalEcs) -> dict[str, str]:
    status, body = local.get("/asset-manager-api/client-secrets")
    assert status == 200
    return dict(json.loads(body))


def ask(local: LocalEcs, host: str) -> tuple[int, str, str]:
    """Status, Location and body of the front's answer to a request for this host."""
    with closing(http.client.HTTPConnection("127.0.0.1", local.running.web_port, timeout=10)) as connection:
        connection.request("GET", "/runs", headers={"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location", ""), answer.read().decode()


def test_the_rule_has_the_secret_and_no_answer_returns_it(
    local: LocalEcs, listener: str, group: str, stack: str
) -> None:
    (rule,) = rules(local, listener)
    assert (rule["Priority"], rule["Conditions"][0]["HostHeaderConfig"]["Values"]) == ("100", [HOST])
    authenticate, forward = rule["Actions"]
    assert authenticate["AuthenticateOidcConfig"] == {
        "Issuer": "https://org.auth0.com/",
        "AuthorizationEndpoint": "https://org.auth0.com/authorize",
        "TokenEndpoint": "https://org.auth0.com/oauth/token",
        "UserInfoEndpoint": "https://org.auth0.com/userinfo",
        "ClientId": "the-app",
        "OnUnauthenticatedRequest": "authenticate",
        "Scope": "openid",
        "SessionTimeout": 43200,
        "SessionCookieName": "AWSELBAuthSessionCookie",
    }
    assert (authenticate["Type"], authenticate["Order"]) == ("authenticate-oidc", 1)
    assert (forward["Type"], forward["Order"], forward["TargetGroupArn"]) == ("forward", 2, group)
    assert digests(local) == {rule["RuleArn"]: sha256(b"the first").hexdigest()}
    kept = local.client("cloudformation").get_template(StackName=stack)["TemplateBody"]
    assert "the first" not in json.dumps(kept)


@pytest.mark.usefixtures("stack")
def test_the_front_sends_a_stranger_to_sign_in(local: LocalEcs) -> None:
    status, location, body = ask(local, f"{HOST.upper()}:443")
    to = urlsplit(location)
    asked = parse_qs(to.query, strict_parsing=True)
    assert (status, f"{to.scheme}://{to.netloc}{to.path}", body) == (302, "https://org.auth0.com/authorize", "")
    assert len(asked.pop("state")[0]) > 20
    assert asked == {
        "client_id": ["the-app"],
        "redirect_uri": [f"https://{HOST}/oauth2/idpresponse"],
        "response_type": ["code"],
        "scope": ["openid"],
    }


@pytest.mark.usefixtures("stack")
def test_the_front_answers_another_host_as_the_listener_does(local: LocalEcs) -> None:
    assert ask(local, "elsewhere.example.com") == (404, "", "Not Found")


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:3000", "pr-7.localhost:3000"])
def test_the_laptops_own_door_is_behind_the_load_balancer(local: LocalEcs, host: str) -> None:
    status, _, body = ask(local, host)
    assert (status, "no healthy target" in body) == (503, True)


def test_another_version_of_the_secret_writes_the_whole_rule_again_in_place(
    local: LocalEcs, listener: str, group: str, stack: str
) -> None:
    (before,) = rules(local, listener)
    opened = [{"Type": "forward", "Order": 1, "TargetGroupArn": group}]
    local.client("elbv2").modify_rule(RuleArn=before["RuleArn"], Actions=opened)  # by hand
    assert digests(local) == {}
    second = local.client("secretsmanager").put_secret_value(SecretId=SECRET, SecretString="the second")
    body = json.dumps(of(listener, group, second["VersionId"]))
    local.client("cloudformation").update_stack(StackName=stack, TemplateBody=body)
    assert digests(local) == {before["RuleArn"]: sha256(b"the second").hexdigest()}
    assert rules(local, listener) == [before]


def test_a_reference_to_no_secret_is_refused(local: LocalEcs, template: JSON) -> None:
    body = json.dumps(template).replace(SECRET, "app/OTHER")
    formation = local.client("cloudformation")
    with pytest.raises(formation.exceptions.ClientError, match="can't find the specified secret"):
        formation.create_stack(StackName="other", TemplateBody=body)


def test_the_rule_goes_with_its_stack(local: LocalEcs, listener: str, stack: str) -> None:
    local.client("cloudformation").delete_stack(StackName=stack)
    assert rules(local, listener) == []
    assert digests(local) == {}
