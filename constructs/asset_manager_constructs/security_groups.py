"""The two security groups and their rules.

    allowed CIDRs --443, 80--> ALB --web port--> services <--tcp--> services
                                |--443--> Auth0     |--443, 80, database port--> anywhere

A security group that Terraform creates has only the egress rules that are written (the CLI keeps allow-all). Each rule
is a resource with one CIDR and never in-line: the two groups refer to each other, and the provider does not support
both kinds on one group.
https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/security_group
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

from asset_manager_constructs.waivers import waive

ANYWHERE = "0.0.0.0/0"
HTTP, HTTPS = 80, 443


@dataclass(frozen=True, kw_only=True)
class SecurityGroupsProps:
    """`allowed_cidrs` may reach the load balancer; with `signs_in` it may reach an identity provider. Ports are TCP."""

    vpc_id: str
    alb_name: str
    services_name: str
    allowed_cidrs: Sequence[str]
    web_port: int
    database_port: int
    signs_in: bool


class SecurityGroups(Construct):
    """The load balancer's group and the services' group, with every rule of both."""

    def __init__(self, scope: Construct, id_: str, props: SecurityGroupsProps) -> None:
        super().__init__(scope, id_)
        self.alb_id = SecurityGroup(
            self, "alb", name=props.alb_name, description="Asset Manager load balancer", vpc_id=props.vpc_id
        ).id
        services = SecurityGroup(
            self, "services", name=props.services_name, description="Asset Manager services", vpc_id=props.vpc_id
        )
        waive(services, "CKV2_AWS_5", "the tasks that it is for are in the other stack, which this scan cannot follow")
        self.services_id = services.id

        for cidr in props.allowed_cidrs:
            for port in (HTTPS, HTTP):
                rule = VpcSecurityGroupIngressRule(
                    self,
                    f"alb-in-{port}-{cidr.replace('/', '-')}",
                    security_group_id=self.alb_id,
                    description="users, by HTTPS" if port == HTTPS else "users, redirected to HTTPS",
                    ip_protocol="tcp",
                    from_port=port,
                    to_port=port,
                    cidr_ipv4=cidr,
                )
                if port == HTTP and cidr == ANYWHERE:
                    waive(rule, "CKV_AWS_260", "the listener on port 80 redirects to HTTPS and does nothing else")
        VpcSecurityGroupEgressRule(
            self,
            "alb-out-web",
            security_group_id=self.alb_id,
            description="the load balancer to web tasks",
            ip_protocol="tcp",
            from_port=props.web_port,
            to_port=props.web_port,
            referenced_security_group_id=self.services_id,
        )
        if props.signs_in:
            # The load balancer itself calls Auth0's token and userinfo endpoints. They are behind a CDN that publishes
            # no list of addresses, so the rule allows every address; ELB uses IPv4 only.
            # https://repost.aws/knowledge-center/elb-configure-authentication-alb
            VpcSecurityGroupEgressRule(
                self,
                "alb-out-https",
                security_group_id=self.alb_id,
                description="the identity provider, which signs users in",
                ip_protocol="tcp",
                from_port=HTTPS,
                to_port=HTTPS,
                cidr_ipv4=ANYWHERE,
            )

        VpcSecurityGroupIngressRule(
            self,
            "services-in-web",
            security_group_id=self.services_id,
            description="the load balancer to web tasks",
            ip_protocol="tcp",
            from_port=props.web_port,
            to_port=props.web_port,
            referenced_security_group_id=self.alb_id,
        )
        # One service to another: every TCP port, with a rule for each direction.
        in_self = VpcSecurityGroupIngressRule(
            self,
            "services-in-self",
            security_group_id=self.services_id,
            description="one service to another",
            ip_protocol="tcp",
            from_port=0,
            to_port=65535,
            referenced_security_group_id=self.services_id,
        )
        for check in ("CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_260"):
            waive(in_self, check, "the peer is this very group; Checkov takes a rule without a CIDR for an open one")
        VpcSecurityGroupEgressRule(
            self,
            "services-out-self",
            security_group_id=self.services_id,
            description="one service to another",
            ip_protocol="tcp",
            from_port=0,
            to_port=65535,
            referenced_security_group_id=self.services_id,
        )
        # AWS's APIs and image layers, plain-HTTP package mirrors, and the database.
        for name, port, to in (
            ("https", HTTPS, "AWS, Snowflake, the identity provider"),
            ("http", HTTP, "package mirrors"),
            ("database", props.database_port, "Postgres, over TLS"),
        ):
            VpcSecurityGroupEgressRule(
                self,
                f"services-out-{name}",
                security_group_id=self.services_id,
                description=to,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                cidr_ipv4=ANYWHERE,
            )
