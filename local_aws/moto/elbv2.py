"""What moto's load balancers lack."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from moto.elbv2.models import (
    ELBv2Backend,
    FakeAction,
    FakeHealthStatus,
    FakeListenerRule,
    FakeLoadBalancer,
    elbv2_backends,
)

from local_aws.balancer.targets import health_status
from local_aws.fields import assign
from local_aws.moto import beside
from local_aws.moto.patch import patch

SIGN_IN_DEFAULTS = {
    "SessionCookieName": "AWSELBAuthSessionCookie",
    "Scope": "openid",
    "SessionTimeout": 604800,
    "OnUnauthenticatedRequest": "authenticate",
}


@patch(ELBv2Backend, "create_load_balancer")
def create_load_balancer(
    moto: Callable[..., FakeLoadBalancer], backend: ELBv2Backend, *arguments: Any, **named: Any
) -> FakeLoadBalancer:
    """ELBv2 CreateLoadBalancer: a scheme that was not given is internet-facing, and DescribeLoadBalancers says so.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
    """
    load_balancer = moto(backend, *arguments, **named)
    load_balancer.scheme = load_balancer.scheme or "internet-facing"
    return load_balancer


@patch(FakeAction, "__init__")
def init_action(moto: Callable[[FakeAction, dict[str, Any]], None], action: FakeAction, data: dict[str, Any]) -> None:
    """ELBv2 CreateRule, ModifyRule and the like: a client secret is kept, and no answer returns it; what was
    not given has its default.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AuthenticateOidcActionConfig.html
    """
    given = data.get("AuthenticateOidcConfig")
    if given is None:
        moto(action, data)
        return
    public = {name: value for name, value in given.items() if name != "ClientSecret"}
    moto(action, {**data, "AuthenticateOidcConfig": SIGN_IN_DEFAULTS | public})
    assign(action, {"kept_client_secret": given.get("ClientSecret", "")})


@patch(FakeListenerRule, "delete")
def delete_rule(_moto: None, rule: FakeListenerRule, account_id: str, region: str) -> None:
    """CloudFormation DeleteStack: moto leaves a listener rule behind."""
    elbv2_backends[account_id][region].delete_rule(rule.arn)


@patch(ELBv2Backend, "describe_target_health")
def describe_target_health(
    moto: Callable[..., list[FakeHealthStatus]],
    backend: ELBv2Backend,
    target_group_arn: str,
    targets: list[dict[str, Any]],
) -> list[FakeHealthStatus]:
    """ELBv2 DescribeTargetHealth: the health of tasks is what the load balancer's checks found."""
    of_tasks = beside.agent.targets.of(target_group_arn)
    asked = {(str(target["Id"]), str(target.get("Port", ""))) for target in targets}
    found = [t for t in of_tasks if not asked or {(t.address, str(t.port)), (t.address, "")} & asked]
    addresses = {target.address for target in found}
    others = [target for target in targets if target["Id"] not in addresses]
    of_moto = moto(backend, target_group_arn, others) if others or not targets else []
    return [*map(health_status, found), *of_moto]


def client_secret_digests() -> dict[str, str]:
    """The SHA-256 of the client secret of each rule, which no AWS API returns."""
    return {
        rule.arn: sha256(vars(action)["kept_client_secret"].encode()).hexdigest()
        for account in elbv2_backends.values()
        for backend in account.values()
        for load_balancer in backend.load_balancers.values()
        for listener in load_balancer.listeners.values()
        for rule in listener.rules.values()
        for action in rule.actions
        if "kept_client_secret" in vars(action)
    }
