"""The DNS name of the web server."""

from __future__ import annotations

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.data_aws_route53_zone import DataAwsRoute53Zone
from cdktf_cdktf_provider_aws.route53_record import Route53Record, Route53RecordAlias
from constructs import Construct


@dataclass(frozen=True, kw_only=True)
class DnsProps:
    """`zone` is an existing public hosted zone, `host` a name in it."""

    zone: str
    host: str
    alb_dns_name: str
    alb_zone_id: str


class Dns(Construct):
    """An A record, which is an alias of the load balancer."""

    def __init__(self, scope: Construct, id_: str, props: DnsProps) -> None:
        super().__init__(scope, id_)
        zone = DataAwsRoute53Zone(self, "zone", name=props.zone, private_zone=False)
        Route53Record(
            self,
            "host",
            zone_id=zone.zone_id,
            name=props.host,
            type="A",
            alias=Route53RecordAlias(
                name=props.alb_dns_name,
                zone_id=props.alb_zone_id,
                # There is only one load balancer: if it is unhealthy, the name must still resolve.
                evaluate_target_health=False,
            ),
        )
