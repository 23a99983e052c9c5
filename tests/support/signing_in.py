"""What a test asks of the listener rules, of the one that signs users in, and of its client secret."""

import json
from typing import Any

from tests.support.deployed import Deployed

SECRET, STACK = "asset-manager/AUTH0_CLIENT_SECRET", "asset-manager-sign-in"


def every_rule(deployed: Deployed) -> list[Any]:
    """Every rule of HTTPS but its default, in the order of their priorities."""
    (alb,) = deployed.elbv2.describe_load_balancers(Names=["asset-manager-alb"])["LoadBalancers"]
    listeners = deployed.elbv2.describe_listeners(LoadBalancerArn=alb["LoadBalancerArn"])["Listeners"]
    (https,) = [listener for listener in listeners if listener["Port"] == 443]
    rules = deployed.elbv2.describe_rules(ListenerArn=https["ListenerArn"])["Rules"]
    return sorted((rule for rule in rules if not rule["IsDefault"]), key=lambda rule: int(rule["Priority"]))


def listener_rules(deployed: Deployed) -> list[Any]:
    """Those of them that lead to tasks."""
    return [rule for rule in every_rule(deployed) if rule["Actions"][-1]["Type"] == "forward"]


def refusing_rules(deployed: Deployed) -> list[Any]:
    """Those of them that answer by themselves."""
    return [rule for rule in every_rule(deployed) if rule["Actions"][-1]["Type"] == "fixed-response"]


def sign_in_template(deployed: Deployed) -> str:
    """The stack's template, as CloudFormation keeps it."""
    body = deployed.client("cloudformation").get_template(StackName=STACK)["TemplateBody"]
    return json.dumps(body)


def stored_client_secret(deployed: Deployed) -> Any:
    """The secret's current version."""
    return deployed.client("secretsmanager").get_secret_value(SecretId=SECRET)


def client_secret_digests(deployed: Deployed) -> dict[str, str]:
    """SHA-256 of what each rule has, which no API of AWS's tells: the local AWS is asked by a door of its own."""
    return dict(deployed.tree.ask_local_aws("client-secrets"))
