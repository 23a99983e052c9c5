"""A listener rule's conditions against requests, as an Application Load Balancer compares them."""

from __future__ import annotations

from typing import Any

import h11
import pytest

from local_aws.balancer.conditions import holds, like
from local_aws.balancer.listener import Rule, actions_for, environment_behind, host_leading_to
from local_aws.balancer.request import Request, UnreadableRequestError, forwarded, parsed

JSON = dict[str, Any]


def head(target: str, method: str = "GET", host: str = "dg.example.com", **headers: str) -> h11.Request:
    more = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return h11.Request(method=method, target=target, headers=[("Host", host), *more])


def asked(target: str, method: str = "GET", host: str = "dg.example.com", **headers: str) -> Request:
    return parsed(head(target, method, host, **headers))


def host_header(*values: str) -> JSON:
    return {"Field": "host-header", "HostHeaderConfig": {"Values": list(values)}}


def path_pattern(*values: str) -> JSON:
    return {"Field": "path-pattern", "PathPatternConfig": {"Values": list(values)}}


def http_header(name: str, *values: str) -> JSON:
    return {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": name, "Values": list(values)}}


def query(key: str | None, value: str) -> JSON:
    pair = {"Value": value} if key is None else {"Key": key, "Value": value}
    return {"Field": "query-string", "QueryStringConfig": {"Values": [pair]}}


def method(*values: str) -> JSON:
    return {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": list(values)}}


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("a*c", "abbc", True),
        ("a*c", "ac", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a[b]c", "abc", False),
        (r"a\*c", "a*c", True),
        (r"a\*c", "abc", False),
        ("*-site", "cross-site", True),
        ("*-site", "same-origin", False),
        ("abc", "xabcx", False),
    ],
)
def test_a_star_is_any_characters_and_a_question_mark_one(pattern: str, text: str, matches: bool) -> None:
    assert like(pattern, text, any_case=False) is matches


@pytest.mark.parametrize(
    ("condition", "request_", "matches"),
    [
        (host_header("DG.example.com"), asked("/", host="dg.EXAMPLE.com:443"), True),
        (host_header("*.example.com", "other.com"), asked("/"), True),
        (host_header("example.com"), asked("/"), False),
        ({"Field": "host-header", "Values": ["dg.example.com"]}, asked("/"), True),
        (path_pattern("/graphql*"), asked("/graphql?a=b"), True),
        (path_pattern("/graphql*"), asked("/GraphQL"), False),
        (path_pattern("/graphql*"), asked("/%67raphql"), False),  # compared as it was sent
        (path_pattern("*graphql*"), asked("//graphql/"), True),
        (path_pattern("*query*"), asked("/graphql?query=a"), False),
        (method("POST"), asked("/", "POST"), True),
        (method("POST", "PUT"), asked("/"), False),
        (http_header("Sec-Fetch-Site", "*-site"), asked("/", sec_fetch_site="Cross-Site"), True),
        (http_header("sec-fetch-site", "*-site"), asked("/", sec_fetch_site="same-origin"), False),
        (http_header("sec-fetch-site", "*"), asked("/"), False),
        (query("query", "*"), asked("/graphql?a=b&query=mutation"), True),
        (query("query", "*"), asked("/graphql?QUERY=mutation"), True),
        (query("query", "*"), asked("/graphql?query="), True),
        (query("query", "*"), asked("/graphql?query"), True),
        (query("query", "*"), asked("/graphql?q=query"), False),
        (query("query", "*"), asked("/graphql?%71uery=mutation"), False),  # compared as it was sent
        (query("query", "*"), asked("/graphql"), False),
        (query(None, "a*"), asked("/?b=abc"), True),
    ],
)
def test_a_condition_is_compared_as_aws_documents_it(condition: JSON, request_: Request, matches: bool) -> None:
    assert holds([condition], request_) is matches


def test_all_conditions_of_a_rule_have_to_hold() -> None:
    conditions = [host_header("dg.example.com"), method("POST")]
    assert holds(conditions, asked("/", "POST"))
    assert not holds(conditions, asked("/", "POST", "other.com"))


def test_a_condition_that_it_does_not_know_is_an_error() -> None:
    with pytest.raises(NotImplementedError, match="source-ip"):
        holds([{"Field": "source-ip"}], asked("/"))


FORWARD = {"Type": "forward", "TargetGroupArn": "arn of a"}
TO_C = {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": "arn of c", "Weight": 1}]}}
GONE = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "410"}}
NOT_FOUND = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
LISTENERS = [
    [
        Rule(conditions=[host_header("a.example.com"), path_pattern("/gone")], actions=[GONE]),
        Rule(conditions=[host_header("x.com", "a.example.com")], actions=[FORWARD]),
        Rule(conditions=[host_header("*.other.com")], actions=[GONE]),
        Rule(conditions=(), actions=[NOT_FOUND]),
    ],
    [Rule(conditions=[host_header("c.example.com")], actions=[TO_C])],
]


@pytest.mark.parametrize(
    ("host", "path", "actions"),
    [
        ("a.example.com", "/", [FORWARD]),
        ("a.example.com", "/gone", [GONE]),
        ("c.example.com", "/", [TO_C]),  # of another load balancer
        ("b.other.com", "/", [GONE]),
        ("other.com", "/", [NOT_FOUND]),
    ],
)
def test_the_first_rule_that_matches_decides_and_else_the_default(host: str, path: str, actions: list[JSON]) -> None:
    assert actions_for(asked(path, host=host), LISTENERS) == actions


def test_actions_are_in_their_order() -> None:
    first, second = {"Type": "authenticate-oidc", "Order": 1}, {"Type": "forward", "Order": 2}
    assert actions_for(asked("/"), [[Rule(conditions=(), actions=[second, first])]]) == [first, second]


@pytest.mark.parametrize(("group", "host"), [("arn of a", "x.com"), ("arn of c", "c.example.com"), ("none", None)])
def test_a_target_groups_host_is_that_of_the_rule_that_forwards_to_it(group: str, host: str | None) -> None:
    assert host_leading_to([group], LISTENERS) == host


@pytest.mark.parametrize(
    ("host", "environment"),
    [("127.0.0.1", "prod"), ("localhost", "prod"), ("pr-7.localhost", "pr-7"), ("dg.example.com", None)],
)
def test_the_laptops_own_names_lead_to_an_environment(host: str, environment: str | None) -> None:
    assert environment_behind(host, "prod") == environment


def test_a_head_is_read_once() -> None:
    request = asked("/runs?q=a%20b", "POST", "DG.example.com:443", Cookie="a=1")
    assert (request.method, request.path, request.query, request.host) == ("POST", "/runs", "q=a%20b", "dg.example.com")
    assert (request.values("COOKIE"), request.target) == (["a=1"], "/runs?q=a%20b")


@pytest.mark.parametrize(
    "event",
    [
        head("http://dg.example.com/graphql"),
        head("*", "OPTIONS"),
        head("/", "POST", Content_Length="3", Transfer_Encoding="chunked"),
    ],
)
def test_what_two_servers_could_read_differently_is_refused(event: h11.Request) -> None:
    with pytest.raises(UnreadableRequestError):
        parsed(event)


def test_a_target_gets_the_request_without_what_was_for_the_load_balancer() -> None:
    event = head("/", Connection="keep-alive", Upgrade="h2c", X_Amzn_Oidc_Identity="me", Cookie="a=1")
    sent = forwarded(event, parsed(event), (("x-amzn-oidc-identity", "who"),))
    assert [(name.decode(), value.decode()) for name, value in sent.headers] == [
        ("host", "dg.example.com"),
        ("cookie", "a=1"),
        ("x-amzn-oidc-identity", "who"),
        ("connection", "close"),
    ]


def test_a_websocket_goes_on_as_one() -> None:
    event = head("/graphql", Connection="Upgrade", Upgrade="websocket")
    sent = forwarded(event, parsed(event), ())
    assert [value for name, value in sent.headers if name in {b"connection", b"upgrade"}] == [b"Upgrade", b"websocket"]
