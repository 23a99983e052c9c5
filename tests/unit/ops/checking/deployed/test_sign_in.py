"""The rules of the load balancer: who gets to the web tasks has signed in, or it is told which rule lets them past."""

from typing import TYPE_CHECKING, Any, cast

import pytest

from ops.checking.deployed.sign_in import FOREIGN, REWRITE, Wanted, judge_rules

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import RuleTypeDef

WANTED = Wanted(host="dg.example.com", domain="org.auth0.com", client_id="the-app", group_arn="arn:web")
FORWARD = {"Type": "forward", "Order": 2, "TargetGroupArn": "arn:web"}
WEIGHTED = {"Type": "forward", "Order": 2, "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": "arn:web"}]}}
NOT_FOUND = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}


def asks(order: int = 1, **changes: str) -> dict[str, Any]:
    config = {
        "Issuer": "https://org.auth0.com/",
        "AuthorizationEndpoint": "https://org.auth0.com/authorize",
        "TokenEndpoint": "https://org.auth0.com/oauth/token",
        "UserInfoEndpoint": "https://org.auth0.com/userinfo",
        "ClientId": "the-app",
        "OnUnauthenticatedRequest": "authenticate",
    }
    return {"Type": "authenticate-oidc", "Order": order, "AuthenticateOidcConfig": config | changes}


def rule(*actions: dict[str, Any], host: str = "dg.example.com", priority: str = "100") -> tuple[int, "RuleTypeDef"]:
    conditions = [{"Field": "host-header", "HostHeaderConfig": {"Values": [host]}}]
    made = {"Priority": priority, "Conditions": conditions, "Actions": list(actions), "IsDefault": False}
    return 443, cast("RuleTypeDef", made)


def default(port: int, action: dict[str, Any]) -> tuple[int, "RuleTypeDef"]:
    return port, cast("RuleTypeDef", {"Priority": "default", "Conditions": [], "Actions": [action], "IsDefault": True})


GOOD = rule(FORWARD, asks())
UNSIGNED = "rule 100 of 443 forwards to the web tasks without sign-in at org.auth0.com"


@pytest.mark.parametrize("forward", [FORWARD, WEIGHTED])
def test_a_rule_that_asks_first_is_well(forward: dict[str, Any]) -> None:
    judged = judge_rules([rule(asks(), forward), default(443, NOT_FOUND), default(80, NOT_FOUND)], WANTED)
    assert judged.status == "ok"
    assert judged.why == "rule 100 of 443: dg.example.com signs in at org.auth0.com, then reaches the tasks"


def test_the_order_is_what_counts_and_not_the_place_in_the_list() -> None:
    assert judge_rules([GOOD], WANTED).status == "ok"
    assert judge_rules([rule(asks(order=3), FORWARD)], WANTED).why == UNSIGNED


@pytest.mark.parametrize(
    "actions",
    [
        [FORWARD],
        [asks(OnUnauthenticatedRequest="allow"), FORWARD],
        [asks(Issuer="https://other.auth0.com/"), FORWARD],
        [asks(TokenEndpoint="https://other.auth0.com/oauth/token"), FORWARD],
        [asks(ClientId="another-app"), FORWARD],
        [WEIGHTED],
    ],
)
def test_our_rule_that_lets_strangers_in_is_reported(actions: list[dict[str, Any]]) -> None:
    judged = judge_rules([rule(*actions)], WANTED)
    assert (judged.status, judged.why, judged.next) == ("failed", UNSIGNED, REWRITE)


@pytest.mark.parametrize(
    ("other", "name"),
    [
        (rule(FORWARD, host="back.example.com", priority="7"), "rule 7 of 443"),
        (default(443, FORWARD), "the default action of port 443"),
        (default(80, WEIGHTED), "the default action of port 80"),
    ],
)
def test_another_way_in_is_reported(other: tuple[int, "RuleTypeDef"], name: str) -> None:
    judged = judge_rules([GOOD, other], WANTED)
    assert (judged.status, judged.next) == ("failed", FOREIGN)
    assert judged.why == f"{name} forwards to the web tasks without sign-in at org.auth0.com"


@pytest.mark.parametrize("rules", [[], [default(443, NOT_FOUND)], [rule(asks(), NOT_FOUND)]])
def test_a_rule_that_is_missing_is_reported(rules: list[tuple[int, "RuleTypeDef"]]) -> None:
    judged = judge_rules(rules, WANTED)
    assert (judged.status, judged.why) == ("failed", "no rule for dg.example.com leads to the web tasks")


def test_where_another_rule_leads_is_its_own_affair() -> None:
    elsewhere = {"Type": "forward", "TargetGroupArn": "arn:other"}
    assert judge_rules([GOOD, rule(elsewhere, host="other.example.com", priority="7")], WANTED).status == "ok"
