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

from moto.elbv2.models import FakeListener, elbv2_backends

HTTPS = 443
OWN_DOOR = {"127.0.0.1", "localhost"}

JSON = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule in the API's words; one without hosts is its listener's default."""

    hosts: tuple[str, ...]
    actions: Sequence[JSON]


def host_of(head: bytes) -> str:
    """The host that a request is for, in lower case and without its port; empty where it names none."""
    found = re.search(rb"^host:[ \t]*([^\s:]+)", head, re.IGNORECASE | re.MULTILINE)
    return found[1].decode("latin-1").lower() if found else ""


def is_own_door(host: str) -> bool:
    """Whether it is asked for by the laptop's own name, which no deployed rule knows."""
    return host in OWN_DOOR


def deployed() -> list[Rule]:
    """Every rule of every HTTPS listener, in the order in which they are tried; the defaults last."""
    listeners = list(_listeners())
    of_hosts = [rule for listener in listeners for rule in listener.rules.values() if not rule.is_default]
    of_hosts.sort(key=lambda rule: int(rule.priority))
    rules = [Rule(hosts=_hosts(rule.conditions), actions=[each.data for each in rule.actions]) for rule in of_hosts]
    defaults = [Rule(hosts=(), actions=[each.data for each in listener.default_actions]) for listener in listeners]
    return [*rules, *defaults]


def _listeners() -> Iterator[FakeListener]:
    for backend in [backend for account in list(elbv2_backends.values()) for backend in list(account.values())]:
        for load_balancer in list(backend.load_balancers.values()):
            yield from (each for each in list(load_balancer.listeners.values()) if int(each.port) == HTTPS)


def _hosts(conditions: Sequence[JSON]) -> tuple[str, ...]:
    return tuple(
        host.lower()
        for condition in conditions
        if condition["Field"] == "host-header"
        for host in (condition.get("HostHeaderConfig") or {}).get("Values") or condition.get("Values", [])
    )


def judge(host: str, rules: Sequence[Rule]) -> bytes | None:
    """The answer of the first rule for this host, or of the listener's default; None is to forward."""
    actions = next(
        (rule.actions for rule in rules if not rule.hosts or any(fnmatchcase(host, known) for known in rule.hosts)), ()
    )
    for action in sorted(actions, key=lambda action: int(action.get("Order") or 1)):
        match action["Type"]:
            case "authenticate-oidc":  # no session was ever begun here: that takes the identity provider
                return _to_sign_in(host, action["AuthenticateOidcConfig"])
            case "forward":
                return None
            case "fixed-response":
                fixed = action["FixedResponseConfig"]
                return response(int(fixed["StatusCode"]), fixed.get("MessageBody") or "")
    return response(404, "Not Found")


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
