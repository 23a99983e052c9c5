"""A listener rule's conditions, held against a request. Pure: no moto, no network.

Path and query string are compared as they were sent: AWS documents no decoding, so a rule may not count on any.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from local_aws.balancer.request import Request

JSON = dict[str, Any]


def holds(conditions: Iterable[JSON], request: Request) -> bool:
    """Whether the request matches every condition; a rule without any is for every request."""
    return all(_holds(condition, request) for condition in conditions)


def hosts(conditions: Iterable[JSON]) -> tuple[str, ...]:
    """The host names of a rule's host-header condition, in lower case; none where it has no such condition."""
    return tuple(
        host.lower()
        for condition in conditions
        if condition["Field"] == "host-header"
        for host in _values(condition, "HostHeaderConfig")
    )


def like(pattern: str, text: str, *, any_case: bool) -> bool:
    r"""Whether the whole text matches: `*` is any characters, `?` is one, and a backslash takes either literally."""
    return _compiled(pattern, any_case).fullmatch(text) is not None


def _holds(condition: JSON, request: Request) -> bool:
    match condition["Field"]:
        case "host-header":
            return _any_like(hosts([condition]), [request.host], any_case=True)
        case "path-pattern":
            return _any_like(_values(condition, "PathPatternConfig"), [request.path], any_case=False)
        case "http-request-method":
            return request.method in _values(condition, "HttpRequestMethodConfig")
        case "http-header":
            name = condition["HttpHeaderConfig"]["HttpHeaderName"]
            return _any_like(_values(condition, "HttpHeaderConfig"), request.values(name), any_case=True)
        case "query-string":
            pairs = list(_pairs(request.query))
            return any(
                like(wanted.get("Key") or "*", key, any_case=True) and like(wanted["Value"], value, any_case=True)
                for wanted in condition["QueryStringConfig"]["Values"]
                for key, value in pairs
            )
    raise NotImplementedError(f"the local load balancer knows no condition {condition['Field']}")


def _pairs(query: str) -> Iterator[tuple[str, str]]:
    for pair in filter(None, query.split("&")):
        key, _, value = pair.partition("=")
        yield key, value


def _values(condition: JSON, config: str) -> Sequence[str]:
    return (condition.get(config) or {}).get("Values") or condition.get("Values") or ()


def _any_like(patterns: Iterable[str], texts: Sequence[str], *, any_case: bool) -> bool:
    return any(like(pattern, text, any_case=any_case) for pattern in patterns for text in texts)


@cache
def _compiled(pattern: str, any_case: bool) -> re.Pattern[str]:
    parts = re.findall(r"\\[*?\\]|.", pattern, re.DOTALL)
    wild = {"*": ".*", "?": "."}
    regex = "".join(wild.get(part) or re.escape(part[-1]) for part in parts)
    return re.compile(regex, re.DOTALL | (re.IGNORECASE if any_case else 0))
