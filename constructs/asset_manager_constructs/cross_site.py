"""The listener rules that refuse requests of another site's page: settings/facts/cross_site_rules.py lists them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.lb_listener_rule import (
    LbListenerRule,
    LbListenerRuleAction,
    LbListenerRuleActionFixedResponse,
    LbListenerRuleCondition,
    LbListenerRuleConditionHostHeader,
    LbListenerRuleConditionHttpHeader,
    LbListenerRuleConditionHttpRequestMethod,
    LbListenerRuleConditionPathPattern,
    LbListenerRuleConditionQueryString,
)
from constructs import Construct

from settings.facts.cross_site_rules import REFUSED, Refused


@dataclass(frozen=True, kw_only=True)
class CrossSiteRulesProps:
    """The rules match requests for `host` only."""

    listener_arn: str
    host: str


class CrossSiteRules(Construct):
    """A listener rule for each item of REFUSED, which answers with a fixed 403."""

    def __init__(self, scope: Construct, id_: str, props: CrossSiteRulesProps) -> None:
        super().__init__(scope, id_)
        for refused in REFUSED:
            LbListenerRule(
                self,
                refused.id,
                listener_arn=props.listener_arn,
                priority=refused.priority,
                condition=list(_conditions(refused, props.host)),
                action=[
                    LbListenerRuleAction(
                        type="fixed-response",
                        fixed_response=LbListenerRuleActionFixedResponse(
                            status_code="403", content_type="text/plain", message_body=refused.message
                        ),
                    )
                ],
            )


def _conditions(refused: Refused, host: str) -> Iterator[LbListenerRuleCondition]:
    yield LbListenerRuleCondition(host_header=LbListenerRuleConditionHostHeader(values=[host]))
    for name, values in refused.headers.items():
        header = LbListenerRuleConditionHttpHeader(http_header_name=name, values=list(values))
        yield LbListenerRuleCondition(http_header=header)
    if refused.method:
        method = LbListenerRuleConditionHttpRequestMethod(values=[refused.method])
        yield LbListenerRuleCondition(http_request_method=method)
    if refused.paths:
        yield LbListenerRuleCondition(path_pattern=LbListenerRuleConditionPathPattern(values=list(refused.paths)))
    if refused.query_key:
        pair = LbListenerRuleConditionQueryString(key=refused.query_key, value="*")
        yield LbListenerRuleCondition(query_string=[pair])
