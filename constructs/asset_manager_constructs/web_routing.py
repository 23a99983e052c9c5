"""From the HTTPS listener to the web tasks.

    listener --host dg.leverslabs.com--> rules 10-14: 403 for what another site's page sends (cross_site.py)
                                         rule 100 --sign-in, forward--> target group --/server_info--> web tasks

Health checks go straight to the tasks, past every rule.

Terraform cannot replace a target group while a rule uses it, and create_before_destroy needs a new name. A changed port
replaces the group, so the port is part of its name (`Names.target_group` in settings/names.py): one apply creates the
new group, moves the rule and the service to it, and deletes the old group.
"""

from __future__ import annotations

from dataclasses import dataclass

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.lb_listener_rule import (
    LbListenerRule,
    LbListenerRuleAction,
    LbListenerRuleCondition,
    LbListenerRuleConditionHostHeader,
)
from cdktf_cdktf_provider_aws.lb_target_group import LbTargetGroup, LbTargetGroupHealthCheck
from constructs import Construct

from asset_manager_constructs.cross_site import CrossSiteRules, CrossSiteRulesProps
from asset_manager_constructs.sign_in import SignInRule, SignInRuleProps
from asset_manager_constructs.waivers import waive
from settings.facts.sign_in_template import PRIORITY, SignIn

# Different from the other rule's: if sign-in is switched on or off, the new rule exists before the old one is deleted.
OPEN_PRIORITY = PRIORITY + 1


@dataclass(frozen=True, kw_only=True)
class WebRoutingProps:
    """The rules match requests for `host`; the web server listens on `port`. Without `sign_in` everybody may enter."""

    listener_arn: str
    host: str
    target_group_name: str
    port: int
    vpc_id: str
    sign_in_stack: str
    sign_in: SignIn | None


class WebRouting(Construct):
    """The target group, the listener rule that forwards to it, and the rules before it that refuse."""

    def __init__(self, scope: Construct, id_: str, props: WebRoutingProps) -> None:
        super().__init__(scope, id_)
        group = LbTargetGroup(
            self,
            "target-group",
            name=props.target_group_name,
            protocol="HTTP",
            port=props.port,
            target_type="ip",
            vpc_id=props.vpc_id,
            # Requests of Dagster's UI take seconds: the default of 300 would only make every deployment longer.
            deregistration_delay="30",
            health_check=LbTargetGroupHealthCheck(
                # Not "/", which serves the web page even if GraphQL is broken.
                path="/server_info",
                protocol="HTTP",
                matcher="200",
                interval=30,
                timeout=5,
                healthy_threshold=2,
                unhealthy_threshold=3,
            ),
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        waive(group, "CKV_AWS_378", "TLS ends at the load balancer; only its security group reaches the tasks")
        self.target_group_arn = group.arn
        self.target_group_suffix = group.arn_suffix
        CrossSiteRules(self, "cross-site", CrossSiteRulesProps(listener_arn=props.listener_arn, host=props.host))
        self.rule = self._open_rule(props) if props.sign_in is None else self._sign_in_rule(props, props.sign_in)

    def _sign_in_rule(self, props: WebRoutingProps, sign_in: SignIn) -> ITerraformDependable:
        rule = SignInRuleProps(
            stack_name=props.sign_in_stack,
            listener_arn=props.listener_arn,
            host=props.host,
            target_group_arn=self.target_group_arn,
            sign_in=sign_in,
        )
        return SignInRule(self, "sign-in", rule).stack

    def _open_rule(self, props: WebRoutingProps) -> ITerraformDependable:
        return LbListenerRule(
            self,
            "rule",
            listener_arn=props.listener_arn,
            priority=OPEN_PRIORITY,
            condition=[
                LbListenerRuleCondition(host_header=LbListenerRuleConditionHostHeader(values=[props.host])),
            ],
            action=[LbListenerRuleAction(type="forward", target_group_arn=self.target_group_arn)],
        )
