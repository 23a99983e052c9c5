"""The path to the web server: the zones, the target group, and the DNS name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ops.aws.ecs import active_services
from ops.console.finding import DEPLOY, Finding, failed, ok
from ops.dagster_api.deployment import Deployment

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import LoadBalancerTypeDef, TargetHealthDescriptionTypeDef
    from mypy_boto3_route53.type_defs import ResourceRecordSetOutputTypeDef

ZONES = 2  # a load balancer requires two
ADVICE = {
    "Target.Timeout": "The services' security group must let the ALB in on the web port, see `security group`.",
    "Target.FailedHealthChecks": "/server_info is not answered: read the web task's log group.",
    "Target.ResponseCodeMismatch": "/server_info is answered, but not with 200: read the web task's log group.",
    "Elb.InitialHealthChecking": "The first health checks take a minute: look again.",
    "Elb.RegistrationInProgress": "The first health checks take a minute: look again.",
}


def zones(deployment: Deployment) -> Finding:
    """Web and daemon can start in two zones; the load balancer's own subnets AWS checks itself."""
    settings = deployment.settings
    names = [settings.names.web_service, settings.names.daemon_service]
    found = active_services(deployment.ecs, settings.existing.cluster, names)
    configured = {
        service["serviceName"]: service["networkConfiguration"]["awsvpcConfiguration"]["subnets"] for service in found
    }
    ids = sorted({subnet for subnets in configured.values() for subnet in subnets})
    subnets = deployment.ec2.describe_subnets(SubnetIds=ids)["Subnets"] if ids else []
    return judge_zones(configured, {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in subnets})


def judge_zones(configured: Mapping[str, Sequence[str]], zone_of: Mapping[str, str]) -> Finding:
    """Each service has subnets in two zones, so that it survives the failure of one."""
    if not configured:
        return failed("there is neither service", DEPLOY)
    details = {name: sorted({zone_of[subnet] for subnet in subnets}) for name, subnets in configured.items()}
    for name, found in details.items():
        if len(found) < ZONES:
            return failed(
                f"{name} starts tasks in {', '.join(found)} alone, and fails with that zone",
                f"Tag a subnet of another zone Type=private; asset-manager bootstrap checks its routes. {DEPLOY}",
            )
    return ok(", ".join(sorted({zone for found in details.values() for zone in found})))


def target_health(deployment: Deployment) -> Finding:
    """The load balancer reports the web tasks as healthy."""
    (group,) = deployment.elbv2.describe_target_groups(Names=[deployment.settings.names.target_group])["TargetGroups"]
    found = deployment.elbv2.describe_target_health(TargetGroupArn=group["TargetGroupArn"])
    settings = deployment.settings
    return judge_targets(found["TargetHealthDescriptions"], settings.fewest(settings.web.desired_count))


def judge_targets(targets: Sequence[TargetHealthDescriptionTypeDef], wanted: int) -> Finding:
    """Every registered target is healthy, and there are as many as web tasks are wanted; draining ones do not count."""
    staying = [target for target in targets if target["TargetHealth"].get("State") != "draining"]
    unhealthy = [target for target in staying if target["TargetHealth"].get("State") != "healthy"]
    if unhealthy:
        details = []
        for target in unhealthy:
            health = target["TargetHealth"]
            details.append(
                f"{_address(target)} is {health.get('State')} ({health.get('Description', 'no reason given')})"
            )
        advice = ADVICE.get(unhealthy[0]["TargetHealth"].get("Reason", ""), "Read the web task's log group.")
        return failed("; ".join(details), advice)
    if len(staying) < wanted:
        return failed(
            f"{len(staying)} healthy targets, and {wanted} wanted",
            f"A web task registers itself when it runs: see the tasks. If they run, the target was taken out: {DEPLOY}",
        )
    return ok(f"{len(staying)} healthy: {', '.join(map(_address, staying)) or 'none wanted'}")


def _address(target: TargetHealthDescriptionTypeDef) -> str:
    return f"{target['Target']['Id']}:{target['Target'].get('Port')}"


def dns_alias(deployment: Deployment) -> Finding:
    """The name that users open is an alias of the load balancer."""
    zone_name, host = deployment.settings.dns.zone, deployment.settings.dns.host
    zones = deployment.route53.list_hosted_zones_by_name(DNSName=zone_name)["HostedZones"]
    public = [
        zone for zone in zones if zone["Name"] == f"{zone_name}." and not zone.get("Config", {}).get("PrivateZone")
    ]
    if not public:
        return failed(
            f"there is no public hosted zone {zone_name}", "Create it, or correct dns.zone in the environment file."
        )
    records = deployment.route53.list_resource_record_sets(
        HostedZoneId=public[0]["Id"], StartRecordName=host, StartRecordType="A", MaxItems="1"
    )["ResourceRecordSets"]
    (alb,) = deployment.elbv2.describe_load_balancers(Names=[deployment.settings.names.alb])["LoadBalancers"]
    return judge_alias(
        host, [record for record in records if record["Name"] == f"{host}." and record["Type"] == "A"], alb
    )


def judge_alias(host: str, records: Sequence[ResourceRecordSetOutputTypeDef], alb: LoadBalancerTypeDef) -> Finding:
    """One A record, an alias of this load balancer."""
    wanted = _plain(alb["DNSName"])
    if not records:
        return failed(f"there is no record A for {host}; expected is an alias of {wanted}", DEPLOY)
    alias = records[0].get("AliasTarget")
    if alias is None:
        values = ", ".join(value["Value"] for value in records[0].get("ResourceRecords", []))
        return failed(
            f"{host} is {values} and no alias; expected is {wanted}", f"Somebody changed it by hand. {DEPLOY}"
        )
    if (_plain(alias["DNSName"]), alias["HostedZoneId"]) != (wanted, alb["CanonicalHostedZoneId"]):
        return failed(
            f"{host} is an alias of {_plain(alias['DNSName'])}; expected is {wanted}",
            f"It leads to another load balancer. {DEPLOY}",
        )
    return ok(f"{host} is an alias of {wanted}")


def _plain(name: str) -> str:
    """A DNS name to compare; the console prepends dualstack. to a load balancer's."""
    return name.lower().rstrip(".").removeprefix("dualstack.")
