"""Sign-in switched off and on again, each in one apply: AWS has no two rules of one priority."""

from tests.support.deployed import CANARIES, Deployed
from tests.support.signing_in import STACK, client_secret_digests, listener_rules, stored_client_secret


def deploy(deployed: Deployed) -> str:
    done = deployed.tree.asset_manager("local", "up")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def stacks(deployed: Deployed) -> list[str]:
    found = deployed.client("cloudformation").list_stacks(StackStatusFilter=["CREATE_COMPLETE", "UPDATE_COMPLETE"])
    return [stack["StackName"] for stack in found["StackSummaries"]]


def test_off_is_a_plain_rule_and_the_secret_stays(deployed: Deployed) -> None:
    deployed.tree.edit("environments/prod.yaml", r"^auth0_domain: example\.us\.auth0\.com", "auth0_domain: null")
    told = deploy(deployed)
    assert "off: auth0_domain is not set, so whoever reaches the load balancer is let in" in told
    (rule,) = listener_rules(deployed)
    assert (rule["Priority"], [action["Type"] for action in rule["Actions"]]) == ("101", ["forward"])
    assert stacks(deployed) == []
    assert stored_client_secret(deployed)["SecretString"].startswith(CANARIES["AUTH0_CLIENT_SECRET"])


def test_a_changed_port_applies_in_one_go_to_the_plain_rule_too(deployed: Deployed) -> None:
    deployed.tree.edit("environments/prod.yaml", r"^  port: 3000", "  port: 3001")
    told = deploy(deployed)
    assert "ok       server_info" in told
    (group,) = deployed.elbv2.describe_target_groups()["TargetGroups"]
    assert group["Port"] == 3001
    (rule,) = listener_rules(deployed)
    assert rule["Actions"][0]["TargetGroupArn"] == group["TargetGroupArn"]


def test_on_again_is_the_rule_that_asks_first(deployed: Deployed) -> None:
    deployed.tree.edit("environments/prod.yaml", r"^  port: 3001", "  port: 3000")
    deployed.tree.edit("environments/prod.yaml", r"^auth0_domain: null", "auth0_domain: example.us.auth0.com")
    deploy(deployed)
    (rule,) = listener_rules(deployed)
    assert (rule["Priority"], rule["Actions"][0]["Type"]) == ("100", "authenticate-oidc")
    assert list(client_secret_digests(deployed)) == [rule["RuleArn"]]
    assert stacks(deployed) == [STACK]
    planned = deployed.terraform("services", "plan", "-input=false", "-no-color", "-detailed-exitcode")
    assert planned.returncode == 0, planned.stdout
