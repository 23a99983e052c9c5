"""What the listener refuses ahead of sign-in, on the synthesized JSON."""

from typing import Any

from .stack import Stack


def rules(services: Stack) -> dict[int, dict[str, Any]]:
    return {rule["priority"]: rule for rule in services.resources("aws_lb_listener_rule").values()}


def conditions(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule's conditions by what they look at: a header by its name."""
    found: dict[str, Any] = {}
    for condition in rule["condition"]:
        for kind, config in condition.items():
            if kind == "query_string":
                found[kind] = config
            else:
                found[config.get("http_header_name", kind)] = config["values"]
    return found


def test_five_rules_of_the_https_listener_refuse_ahead_of_sign_in(base: Stack, services: Stack) -> None:
    found = rules(services)
    assert sorted(found) == [10, 11, 12, 13, 14]
    for rule in found.values():
        assert base.behind(rule["listener_arn"]) == f"${{{base.address('aws_lb_listener', port=443)}.arn}}"
        (action,) = rule["action"]
        assert (action["type"], action["fixed_response"]["status_code"]) == ("fixed-response", "403")
        assert action["fixed_response"]["content_type"] == "text/plain"


def test_each_refuses_what_it_says_and_only_for_the_host(services: Stack) -> None:
    host = {"host_header": ["dg.leverslabs.com"]}
    other = {**host, "Sec-Fetch-Site": ["*-site"]}
    assert {priority: conditions(rule) for priority, rule in rules(services).items()} == {
        10: {**host, "query_string": [{"key": "query", "value": "*"}]},
        11: {**other, "http_request_method": ["POST"]},
        12: {**other, "Sec-Fetch-Mode": ["cors", "no-cors", "websocket"]},
        13: {**other, "Sec-Fetch-Dest": ["*frame", "object", "embed"]},
        14: {**other, "path_pattern": ["/graphql", "/graphql/*"]},
    }


def test_no_rule_is_larger_than_aws_allows(services: Stack) -> None:
    """Five values a rule, five wildcards, three values a condition; a pair in a query string is one value."""
    for rule in rules(services).values():
        values = list(conditions(rule).values())
        assert max(len(each) for each in values) <= 3
        assert sum(len(each) for each in values) <= 5
        assert str(values).count("*") <= 5
