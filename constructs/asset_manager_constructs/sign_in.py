"""The listener rule that signs users in, created by CloudFormation.

The provider's resource for rules has the client secret in state and plan (terraform-provider-aws#49499, open);
CloudFormation reads it from Secrets Manager, and stores a reference. docs/decisions/0008 compares the ways.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.cloudformation_stack import CloudformationStack
from constructs import Construct

from asset_manager_constructs.waivers import waive
from settings.facts.sign_in_template import SignIn, sign_in_template


@dataclass(frozen=True, kw_only=True)
class SignInRuleProps:
    """The rule matches requests for `host`, and forwards them to the target group."""

    stack_name: str
    listener_arn: str
    host: str
    target_group_arn: str
    sign_in: SignIn


class SignInRule(Construct):
    """A CloudFormation stack with one listener rule; a change of the template changes the rule in place."""

    def __init__(self, scope: Construct, id_: str, props: SignInRuleProps) -> None:
        super().__init__(scope, id_)
        template = sign_in_template(props.listener_arn, props.host, props.target_group_arn, props.sign_in)
        self.stack = CloudformationStack(
            self,
            "stack",
            name=props.stack_name,
            template_body=json.dumps(template),
            # If the creation fails, CloudFormation deletes the stack: one that rolled back could not be updated.
            on_failure="DELETE",
        )
        waive(self.stack, "CKV_AWS_124", "one rule, applied by Terraform, which waits for it and tells what went wrong")
