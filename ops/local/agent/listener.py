"""How the deployed listener rules answer a request from outside, as far as one without a session can tell."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from moto.elbv2.models import ELBv2Backend, FakeListener, elbv2_backends

from ops.local.environment import DEPLOYED

HTTPS = 443
OWN_DOOR = {"127.0.0.1", "localhost"}
BELOW_OWN_DOOR = ".localhost"

JSON = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule in the API's words; one without hosts is for all that reach its listener, as the default is."""

    hosts: tuple[str, ...]
    actions: Sequence[JSON]


Listener = Sequence[Rule]  # in the order in which they are tried, the default last


def host_of(head: bytes) -> str:
    """The host that a request is for, in lower case and without its port; empty where it names none."""
    found = re.search(rb"^host:[ \t]*([^\s:]+)", head, re.IGNORECASE | re.MULTILINE)
    return found[1].decode("latin-1").lower() if found else ""


def environment_behind(host: str) -> str | None:
    """Whose web server is asked for by the laptop's own names, which no deployed rule knows: <environment>.localhost,
    or localhost itself; None for any other host.
    """
    if host in OWN_DOOR:
        return DEPLOYED
    return host.removesuffix(BELOW_OWN_DOOR) if host.endswith(BELOW_OWN_DOOR) else None


def groups_of(environment: str) -> list[str]:
    """The ARNs of the target groups that bear its tag, as all that a stack makes does."""
    return [
        arn
        for backend in _backends()
        for arn in list(backend.target_groups)
        if backend.tagging_service.get_tag_dict_for_resource(arn).get("Environment") == environment
    ]


def deployed() -> list[Listener]:
    """Every HTTPS listener."""
    return [_rules(listener) for listener in _listeners()]


def _rules(listener: FakeListener) -> Listener:
    others = sorted(
        (rule for rule in list(listener.rules.values()) if not rule.is_default), key=lambda rule: int(rule.priority)
    )
    rules = [Rule(hosts=_hosts(rule.conditions), actions=[each.data for each in rule.actions]) for rule in others]
    return [*rules, Rule(hosts=(), actions=[each.data for each in listener.default_actions])]


def _listeners() -> Iterator[FakeListener]:
    for backend in _backends():
        for load_balancer in list(backend.load_balancers.values()):
            yield from (each for each in list(load_balancer.listeners.values()) if int(each.port) == HTTPS)


def _backends() -> list[ELBv2Backend]:
    return [backend for account in list(elbv2_backends.values()) for backend in list(account.values())]


def _hosts(conditions: Sequence[JSON]) -> tuple[str, ...]:
    return tuple(
        host.lower()
        for condition in conditions
        if condition["Field"] == "host-header"
        for host in (condition.get("HostHeaderConfig") or {}).get("Values") or condition.get("Values", [])
    )


def judge(host: str, listeners: Sequence[Listener]) -> bytes | list[str]:
    """The answer of the first rule for this host, or the target groups that it forwards to.

    The listener is the one that knows the host: its name in DNS leads to that load balancer, and to no other.
    """
    knowing = (rules for rules in listeners if any(_names(rule, host) for rule in rules))
    its = next(knowing, next(iter(listeners), ()))
    actions = next((rule.actions for rule in its if not rule.hosts or _names(rule, host)), ())
    for action in sorted(actions, key=lambda action: int(action.get("Order") or 1)):
        match action["Type"]:
            case "authenticate-oidc":  # no session was ever begun here: that takes the identity provider
                return _to_sign_in(host, action["AuthenticateOidcConfig"])
            case "forward":
                weighted = (action.get("ForwardConfig") or {}).get("TargetGroups") or [action]
                return [group["TargetGroupArn"] for group in weighted]
            case "fixed-response":
                fixed = action["FixedResponseConfig"]
                return response(int(fixed["StatusCode"]), fixed.get("MessageBody") or "")
    return response(404, "Not Found")


def _names(rule: Rule, host: str) -> bool:
    return any(fnmatchcase(host, known) for known in rule.hosts)


def _to_sign_in(host: str, config: JSON) -> bytes:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html ."""
    asked = {
        "client_id": config["ClientId"],
        "redirect_uri": f"https://{host}/oauth2/idpresponse",
        "response_type": "code",
        "scope": config["Scope"],
        "state": secrets.token_urlsafe(32),
    }
    return response(302, "", location=f"{config['AuthorizationEndpoint']}?{urlencode(asked)}")


def response(status: int, text: str, *, location: str = "") -> bytes:
    """An answer after which the connection is closed."""
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        *([f"Location: {location}"] if location else []),
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(text.encode())}",
        "Connection: close",
    )
    return "\r\n".join([*head, "", text]).encode()
