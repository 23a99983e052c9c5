"""Sign-in: every rule that leads to the web tasks asks the identity provider first.

Terraform does not see a rule that was changed by hand: its plan compares templates, and CloudFormation reads no
resource while its template stays the same. So this check reads the rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops.console.finding import DEPLOY, Finding, failed, ok
from ops.dagster_api.deployment import Deployment

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import ActionOutputTypeDef, RuleTypeDef

KEEPS_STRANGERS_OUT = ("authenticate", "deny")
REWRITE = (
    "Somebody changed the rule by hand, and a deployment finds nothing to change. Writing the client secret again, the "
    "same one too, writes the whole rule again: make rotate SECRET=AUTH0_CLIENT_SECRET."
)
FOREIGN = "Find out who made this rule, and delete it: Terraform does not know of it."


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The sign-in that has to precede every request to the target group."""

    host: str
    domain: str
    client_id: str
    group_arn: str


def sign_in(deployment: Deployment) -> Finding:
    """There is no way past Auth0, if the settings name a tenant."""
    settings, elbv2 = deployment.settings, deployment.elbv2
    if settings.auth0_domain is None:
        return ok("off: auth0_domain is not set, so the load balancer asks nobody to sign in")
    (group,) = elbv2.describe_target_groups(Names=[settings.names.target_group])["TargetGroups"]
    (alb,) = elbv2.describe_load_balancers(Names=[settings.names.alb])["LoadBalancers"]
    wanted = Wanted(
        host=settings.dns.host,
        domain=settings.auth0_domain,
        client_id=settings.auth0_client_id,
        group_arn=group["TargetGroupArn"],
    )
    rules: list[tuple[int, RuleTypeDef]] = []
    listeners = elbv2.get_paginator("describe_listeners").paginate(LoadBalancerArn=alb["LoadBalancerArn"])
    for listener in [each for page in listeners for each in page["Listeners"]]:
        pages = elbv2.get_paginator("describe_rules").paginate(ListenerArn=listener["ListenerArn"])
        rules += [(listener["Port"], rule) for page in pages for rule in page["Rules"]]
    return judge_rules(rules, wanted)


def judge_rules(rules: Iterable[tuple[int, RuleTypeDef]], wanted: Wanted) -> Finding:
    """Every rule of every listener, defaults included, that forwards to the target group requires sign-in before."""
    leading = [(port, rule) for port, rule in rules if _group_at(_in_order(rule), wanted.group_arn) is not None]
    for port, rule in leading:
        name = f"the default action of port {port}" if rule.get("IsDefault") else f"rule {rule['Priority']} of {port}"
        is_ours = not rule.get("IsDefault") and wanted.host in _hosts(rule)
        actions = _in_order(rule)
        asked = [action for action in actions[: _group_at(actions, wanted.group_arn)] if _asks(action, wanted)]
        if not asked:
            advice = REWRITE if is_ours else FOREIGN
            return failed(f"{name} forwards to the web tasks without sign-in at {wanted.domain}", advice)
    ours = [(port, rule) for port, rule in leading if wanted.host in _hosts(rule)]
    if not ours:
        return failed(f"no rule for {wanted.host} leads to the web tasks", DEPLOY)
    port, rule = ours[0]
    return ok(f"rule {rule['Priority']} of {port}: {wanted.host} signs in at {wanted.domain}, then reaches the tasks")


def _in_order(rule: RuleTypeDef) -> list[ActionOutputTypeDef]:
    return sorted(rule.get("Actions", []), key=lambda action: action.get("Order", 1))


def _group_at(actions: Sequence[ActionOutputTypeDef], group_arn: str) -> int | None:
    """The index of the action that forwards to the group, or None."""
    for index, action in enumerate(actions):
        groups = [each.get("TargetGroupArn") for each in action.get("ForwardConfig", {}).get("TargetGroups", [])]
        if group_arn in {action.get("TargetGroupArn"), *groups}:
            return index
    return None


def _asks(action: ActionOutputTypeDef, wanted: Wanted) -> bool:
    """Whether the action admits only users of the wanted application in the wanted tenant."""
    config = action.get("AuthenticateOidcConfig")
    if action["Type"] != "authenticate-oidc" or config is None:
        return False
    issuer = f"https://{wanted.domain}/"
    endpoints = (config["AuthorizationEndpoint"], config["TokenEndpoint"], config["UserInfoEndpoint"])
    return (
        (config["Issuer"], config["ClientId"]) == (issuer, wanted.client_id)
        and all(endpoint.startswith(issuer) for endpoint in endpoints)
        and config.get("OnUnauthenticatedRequest", "authenticate") in KEEPS_STRANGERS_OUT
    )


def _hosts(rule: RuleTypeDef) -> list[str]:
    found = []
    for condition in rule.get("Conditions", []):
        if condition.get("Field") == "host-header":
            found += condition.get("HostHeaderConfig", {}).get("Values") or condition.get("Values", [])
    return found
