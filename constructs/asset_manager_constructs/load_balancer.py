"""The internet-facing load balancer: HTTPS that answers 404 until a rule says otherwise, HTTP that redirects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.data_aws_acm_certificate import DataAwsAcmCertificate
from cdktf_cdktf_provider_aws.lb import Lb, LbAccessLogs
from cdktf_cdktf_provider_aws.lb_listener import (
    LbListener,
    LbListenerDefaultAction,
    LbListenerDefaultActionFixedResponse,
    LbListenerDefaultActionRedirect,
)
from constructs import Construct

from asset_manager_constructs.waivers import waive
from settings.facts.certificates import KEY_TYPES


@dataclass(frozen=True, kw_only=True)
class LoadBalancerProps:
    """`certificate_domain` is the domain of an issued ACM certificate, as ACM lists it."""

    name: str
    security_group_id: str
    public_subnet_ids: Sequence[str]
    certificate_domain: str
    access_logs_bucket: str
    deletion_protection: bool


class LoadBalancer(Construct):
    """The ALB and its two listeners, without rules."""

    def __init__(self, scope: Construct, id_: str, props: LoadBalancerProps) -> None:
        super().__init__(scope, id_)
        certificate = DataAwsAcmCertificate(
            self,
            "certificate",
            domain=props.certificate_domain,
            statuses=["ISSUED"],
            most_recent=True,
            key_types=list(KEY_TYPES),
        )
        alb = Lb(
            self,
            "alb",
            name=props.name,
            load_balancer_type="application",
            internal=False,
            ip_address_type="ipv4",
            security_groups=[props.security_group_id],
            subnets=list(props.public_subnet_ids),
            access_logs=LbAccessLogs(bucket=props.access_logs_bucket, enabled=True),
            # The ALB drops invalid headers, and refuses a request that two servers could read as two requests.
            drop_invalid_header_fields=True,
            desync_mitigation_mode="strictest",
            # As long as web waits for its code location (DAGSTER_GRPC_TIMEOUT_SECONDS): at 60 s a reload ends in a 504.
            idle_timeout=300,
            enable_deletion_protection=props.deletion_protection,
        )
        waive(alb, "CKV2_AWS_28", "allowed_cidrs and the sign-in say who may come; a WAF is the account's to add")
        if not props.deletion_protection:
            waive(alb, "CKV_AWS_150", "an environment that is put up and taken down at will says so in its settings")
        https = LbListener(
            self,
            "https",
            load_balancer_arn=alb.arn,
            port=443,
            protocol="HTTPS",
            # TLS 1.3 only: the clients are browsers of a data team, and all have supported it since 2018. The
            # provider's default is a policy of 2016, which still allows TLS 1.0.
            # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
            ssl_policy="ELBSecurityPolicy-TLS13-1-3-2021-06",
            certificate_arn=certificate.arn,
            default_action=[
                LbListenerDefaultAction(
                    type="fixed-response",
                    fixed_response=LbListenerDefaultActionFixedResponse(
                        status_code="404", content_type="text/plain", message_body="Not Found"
                    ),
                )
            ],
        )
        LbListener(
            self,
            "http",
            load_balancer_arn=alb.arn,
            port=80,
            protocol="HTTP",
            default_action=[
                LbListenerDefaultAction(
                    type="redirect",
                    redirect=LbListenerDefaultActionRedirect(protocol="HTTPS", port="443", status_code="HTTP_301"),
                )
            ],
        )
        self.https_listener_arn = https.arn
        self.arn_suffix = alb.arn_suffix
        self.dns_name = alb.dns_name
        self.zone_id = alb.zone_id
