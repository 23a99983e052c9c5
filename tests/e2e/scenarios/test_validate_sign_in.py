"""`asset-manager validate`, of who may enter: a rule that lets strangers in is told, and mending it is seen."""

from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from ops.checking.deployed.sign_in import FOREIGN, REWRITE, sign_in
from ops.console.finding import Finding
from ops.dagster_api.deployment import Deployment
from tests.support.deployed import Deployed
from tests.support.signing_in import listener_rules, stored_client_secret


def found(deployment: Deployment) -> tuple[str, str, str]:
    judged: Finding = sign_in(deployment)
    return judged.status, judged.why, judged.next


GOOD = ("ok", "rule 100 of 443: dg.leverslabs.com signs in at example.us.auth0.com, then reaches the tasks", "")


def test_a_rule_without_its_first_action_is_reported(deployed: Deployed, deployment: Deployment) -> None:
    assert found(deployment) == GOOD
    (rule,) = listener_rules(deployed)
    authenticate, forward = rule["Actions"]
    modify: Any = deployed.elbv2.modify_rule
    config = authenticate["AuthenticateOidcConfig"] | {"ClientSecret": stored_client_secret(deployed)["SecretString"]}
    whole = {**authenticate, "AuthenticateOidcConfig": config}
    with ExitStack() as restore:
        restore.callback(modify, RuleArn=rule["RuleArn"], Actions=[whole, forward])
        modify(RuleArn=rule["RuleArn"], Actions=[{**forward, "Order": 1}])
        why = "rule 100 of 443 forwards to the web tasks without sign-in at example.us.auth0.com"
        assert found(deployment) == ("failed", why, REWRITE)
    assert found(deployment) == GOOD


def test_a_second_rule_beside_it_is_reported(deployed: Deployed, deployment: Deployment) -> None:
    (rule,) = listener_rules(deployed)
    listener = rule["RuleArn"].replace(":listener-rule/", ":listener/").rpartition("/")[0]
    back_door = deployed.elbv2.create_rule(
        ListenerArn=listener,
        Priority=7,
        Conditions=[{"Field": "path-pattern", "Values": ["/graphql"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": rule["Actions"][1]["TargetGroupArn"]}],
    )["Rules"][0]
    try:
        why = "rule 7 of 443 forwards to the web tasks without sign-in at example.us.auth0.com"
        assert found(deployment) == ("failed", why, FOREIGN)
    finally:
        deployed.elbv2.delete_rule(RuleArn=back_door["RuleArn"])
    assert found(deployment) == GOOD


def test_without_a_tenant_nobody_is_expected_to_sign_in(deployment: Deployment) -> None:
    unsigned = deployment.settings.model_copy(update={"auth0_domain": None})
    judged = sign_in(replace(deployment, settings=unsigned))
    assert (judged.status, judged.why) == (
        "ok",
        "off: auth0_domain is not set, so the load balancer asks nobody to sign in",
    )
