"""The deployed listener rules, and which actions they have for a request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from moto.acm.models import acm_backends
from moto.elbv2.models import ELBv2Backend, FakeAction, FakeListener, elbv2_backends

from local_aws.balancer.conditions import holds, hosts
from local_aws.balancer.request import Request

HTTPS = 443
OWN_DOOR = {"127.0.0.1", "localhost"}
BELOW_OWN_DOOR = ".localhost"

JSON = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule in the API's words; one without conditions is for all that reach its listener, as the default is."""

    conditions: Sequence[JSON]
    actions: Sequence[JSON]


Listener = Sequence[Rule]  # in the order in which they are tried, the default last


def environment_behind(host: str, own: str) -> str | None:
    """The environment to which a local name leads: <environment>.localhost, or `own` for localhost itself.

    None for any other host. No deployed rule knows these names.
    """
    if host in OWN_DOOR:
        return own
    return host.removesuffix(BELOW_OWN_DOOR) if host.endswith(BELOW_OWN_DOOR) else None


def actions_for(request: Request, listeners: Sequence[Listener]) -> list[JSON]:
    """The actions of the first rule that the request matches, in order.

    The listener is the one that knows the host: its name in DNS leads to that load balancer, and to no other.
    """
    knowing = (
        rules
        for rules in listeners
        if any(holds(_host_conditions(rule), request) for rule in rules if _host_conditions(rule))
    )
    its = next(knowing, next(iter(listeners), ()))
    actions = next((rule.actions for rule in its if holds(rule.conditions, request)), ())
    return sorted(actions, key=lambda action: int(action.get("Order") or 1))


def host_leading_to(groups: Sequence[str], listeners: Sequence[Listener]) -> str | None:
    """The host name whose rule forwards to one of the target groups; None where no rule does."""
    for rule in (rule for rules in listeners for rule in rules):
        if any(set(forwarded_to(action)) & set(groups) for action in rule.actions):
            return next(iter(hosts(rule.conditions)), None)
    return None


def forwarded_to(action: JSON) -> list[str]:
    """The ARNs of a forward action's target groups; none of any other action."""
    if action["Type"] != "forward":
        return []
    weighted = (action.get("ForwardConfig") or {}).get("TargetGroups") or [action]
    return [group["TargetGroupArn"] for group in weighted]


def groups_of(environment: str) -> list[str]:
    """The ARNs of the target groups with the tag Environment=`environment`; of all if that is empty."""
    return [
        arn
        for backend in _backends()
        for arn in list(backend.target_groups)
        if not environment or backend.tagging_service.get_tag_dict_for_resource(arn).get("Environment") == environment
    ]


def is_certified(host: str) -> bool:
    """Whether a listener's certificate is for this host: a browser opens no connection to it for any other.

    https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate-characteristics.html (a wildcard is one label)
    """
    return any(host == name or f"*.{host.partition('.')[2]}" == name for name in _certified_names())


def _certified_names() -> Iterator[str]:
    for listener in _listeners():
        for arn in listener.certificates:
            region, account = arn.split(":")[3:5]
            certificate = acm_backends[account][region].get_certificate(arn)
            yield from (name.lower() for name in (certificate.common_name, *certificate.sans))


def deployed() -> list[Listener]:
    """Every HTTPS listener."""
    return [_rules(listener) for listener in _listeners()]


def _host_conditions(rule: Rule) -> list[JSON]:
    return [condition for condition in rule.conditions if condition["Field"] == "host-header"]


def _rules(listener: FakeListener) -> Listener:
    others = sorted(
        (rule for rule in list(listener.rules.values()) if not rule.is_default), key=lambda rule: int(rule.priority)
    )
    rules = [Rule(conditions=rule.conditions, actions=_actions(rule.actions)) for rule in others]
    return [*rules, Rule(conditions=(), actions=_actions(listener.default_actions))]


def _actions(actions: Sequence[FakeAction]) -> list[JSON]:
    """With the client secret, which no answer of the API has: the load balancer itself shows it to the provider."""
    return [
        {**action.data, "ClientSecret": secret} if (secret := vars(action).get("kept_client_secret")) else action.data
        for action in actions
    ]


def _listeners() -> Iterator[FakeListener]:
    for backend in _backends():
        for load_balancer in list(backend.load_balancers.values()):
            yield from (each for each in list(load_balancer.listeners.values()) if int(each.port) == HTTPS)


def _backends() -> list[ELBv2Backend]:
    return [backend for account in list(elbv2_backends.values()) for backend in list(account.values())]
