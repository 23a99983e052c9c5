"""What the guide assumes to be in the account before anything is deployed, put into the local AWS.

    VPC (Name=...)-- internet gateway -- route table -- public subnets   (Type=public,  two zones)
                     NAT gateway      -- route table -- private subnets  (Type=private, two zones)
    ECS cluster, ECR repository, two roles, certificate, hosted zone, and the bucket of the Terraform state

Each is looked up first, so a second run, or a run after an interrupted one, makes only what is missing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from local_aws.variables import SECRET_ACCESS_KEY
from ops.aws import state_bucket
from ops.aws.clients import Clients, session_of_key
from ops.console.errors import EmulatorDiedError
from ops.console.poll import poll
from settings.facts.policies import trust_policy

if TYPE_CHECKING:
    from mypy_boto3_acm import ACMClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.literals import ResourceTypeType
    from mypy_boto3_ec2.type_defs import FilterTypeDef, TagSpecificationTypeDef
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_s3 import S3Client

    from settings.load import Settings

VPC_CIDR = "10.0.0.0/16"
# One of each kind in each of two zones: what a load balancer asks for.
SUBNETS = {"public": ("10.0.0.0/24", "10.0.1.0/24"), "private": ("10.0.10.0/24", "10.0.11.0/24")}
ANYWHERE = "0.0.0.0/0"
SECONDS_TO_ISSUE = 10
EMPTY_IMAGE = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "config": {
        "mediaType": "application/vnd.docker.container.image.v1+json",
        "size": 2,
        "digest": f"sha256:{hashlib.sha256(b'{}').hexdigest()}",
    },
    "layers": [],
}

Report = Callable[[str], None]


def create(settings: Settings, clients: Clients, report: Report) -> None:
    """Create what is missing, and report each resource with its id."""
    existing = settings.existing
    _network(clients.ec2, existing.vpc_name, report)
    _cluster(clients.ecs, existing.cluster, report)
    _repository(clients.ecr, existing.repository, settings.image_tag, report)
    for role in (existing.execution_role, existing.task_role):
        _role(clients.iam, role, settings, report)
    _certificate(clients.acm, existing.certificate_domain, report)
    _zone(clients.route53, settings.dns.zone, report)
    _state_bucket(clients.s3, settings.state_bucket, report)


def local_clients(region: str, endpoint: str, access_key_id: str) -> Clients:
    """Clients of this local AWS, and of no other."""
    return Clients(session=session_of_key(region, access_key_id, SECRET_ACCESS_KEY), endpoint=endpoint)


def _network(ec2: EC2Client, name: str, report: Report) -> None:
    vpc_id = _vpc(ec2, name)
    report(f"VPC {name} {vpc_id}")
    zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]][:2]
    subnet_ids: dict[str, list[str]] = {}
    for kind, cidrs in SUBNETS.items():
        for cidr, zone in zip(cidrs, zones, strict=True):
            subnet_id = _subnet(ec2, vpc_id, cidr, zone, {"Name": f"{name}-{kind}-{zone}", "Type": kind})
            report(f"{kind} subnet {cidr} {zone} {subnet_id}")
            subnet_ids.setdefault(kind, []).append(subnet_id)
    gateway_id = _internet_gateway(ec2, vpc_id)
    report(f"internet gateway {gateway_id}")
    table, ends_here = _route_table(ec2, f"{name}-public", vpc_id, subnet_ids["public"])
    if ends_here:
        ec2.create_route(RouteTableId=table, DestinationCidrBlock=ANYWHERE, GatewayId=gateway_id)
    nat_id = _nat_gateway(ec2, vpc_id, subnet_ids["public"][0])
    report(f"NAT gateway {nat_id}")
    table, ends_here = _route_table(ec2, f"{name}-private", vpc_id, subnet_ids["private"])
    if ends_here:
        ec2.create_route(RouteTableId=table, DestinationCidrBlock=ANYWHERE, NatGatewayId=nat_id)


def _vpc(ec2: EC2Client, name: str) -> str:
    found = ec2.describe_vpcs(Filters=[_is("tag:Name", name)])["Vpcs"]
    if found:
        vpc_id = found[0]["VpcId"]
    else:
        tags = _tags("vpc", {"Name": name})
        vpc_id = ec2.create_vpc(CidrBlock=VPC_CIDR, TagSpecifications=[tags])["Vpc"]["VpcId"]
        ec2.get_waiter("vpc_available").wait(VpcIds=[vpc_id])
    ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsSupport={"Value": True})
    # Fargate's network interfaces get private host names; a VPC made by the API has none by default.
    ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True})
    return vpc_id


def _internet_gateway(ec2: EC2Client, vpc_id: str) -> str:
    found = ec2.describe_internet_gateways(Filters=[_is("attachment.vpc-id", vpc_id)])["InternetGateways"]
    if found:
        return found[0]["InternetGatewayId"]
    gateway_id = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    return gateway_id


def _nat_gateway(ec2: EC2Client, vpc_id: str, subnet_id: str) -> str:
    for found in ec2.describe_nat_gateways()["NatGateways"]:
        if (found["VpcId"], found["State"]) == (vpc_id, "available"):
            return found["NatGatewayId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    return ec2.create_nat_gateway(SubnetId=subnet_id, AllocationId=address)["NatGateway"]["NatGatewayId"]


def _route_table(ec2: EC2Client, name: str, vpc_id: str, subnet_ids: list[str]) -> tuple[str, bool]:
    """Return the table of that name, with these subnets on it, and whether it still lacks its way out."""
    found = ec2.describe_route_tables(Filters=[_is("vpc-id", vpc_id), _is("tag:Name", name)])["RouteTables"]
    if found:
        table_id = found[0]["RouteTableId"]
    else:
        tags = _tags("route-table", {"Name": name})
        table_id = ec2.create_route_table(VpcId=vpc_id, TagSpecifications=[tags])["RouteTable"]["RouteTableId"]
    for subnet_id in subnet_ids:
        if not ec2.describe_route_tables(Filters=[_is("association.subnet-id", subnet_id)])["RouteTables"]:
            ec2.associate_route_table(RouteTableId=table_id, SubnetId=subnet_id)
    leads = [route.get("DestinationCidrBlock") for route in found[0]["Routes"]] if found else []
    return table_id, ANYWHERE not in leads


def _subnet(ec2: EC2Client, vpc_id: str, cidr: str, zone: str, tags: dict[str, str]) -> str:
    found = ec2.describe_subnets(Filters=[_is("vpc-id", vpc_id), _is("cidr-block", cidr)])["Subnets"]
    if found:
        return found[0]["SubnetId"]
    made = ec2.create_subnet(
        VpcId=vpc_id, CidrBlock=cidr, AvailabilityZone=zone, TagSpecifications=[_tags("subnet", tags)]
    )
    return made["Subnet"]["SubnetId"]


def _cluster(ecs: ECSClient, name: str, report: Report) -> None:
    found = [c for c in ecs.describe_clusters(clusters=[name])["clusters"] if c["status"] == "ACTIVE"]
    # Both, so that runs can be on Spot and go back to on demand.
    providers = ["FARGATE", "FARGATE_SPOT"]
    cluster = found[0] if found else ecs.create_cluster(clusterName=name, capacityProviders=providers)["cluster"]
    report(f"ECS cluster {name} {cluster['clusterArn']}")


def _repository(ecr: ECRClient, name: str, tag: str, report: Report) -> None:
    try:
        repository = ecr.describe_repositories(repositoryNames=[name])["repositories"][0]
    except ecr.exceptions.RepositoryNotFoundException:
        repository = ecr.create_repository(repositoryName=name)["repository"]
    if not ecr.list_images(repositoryName=name, filter={"tagStatus": "TAGGED"})["imageIds"]:
        # A name and a digest; what the tasks run is the working copy.
        ecr.put_image(repositoryName=name, imageManifest=json.dumps(EMPTY_IMAGE), imageTag=tag)
    report(f"ECR repository {name} {repository['repositoryUri']}")


def _role(iam: IAMClient, name: str, settings: Settings, report: Report) -> None:
    # As README asks it of the real ones: ECS of this account and region, and nobody else's.
    trust = trust_policy(settings.account_id, settings.region)
    try:
        role = iam.get_role(RoleName=name)["Role"]
    except iam.exceptions.NoSuchEntityException:
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    report(f"role {name} {role['Arn']}")


def _certificate(acm: ACMClient, domain: str, report: Report) -> None:
    listed = acm.list_certificates()["CertificateSummaryList"]
    arns = [certificate["CertificateArn"] for certificate in listed if certificate["DomainName"] == domain]
    arn = arns[0] if arns else acm.request_certificate(DomainName=domain, ValidationMethod="DNS")["CertificateArn"]
    status = poll(
        lambda: acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"],
        lambda status: status == "ISSUED",
        SECONDS_TO_ISSUE,
        0.1,
    )
    if status != "ISSUED":
        raise EmulatorDiedError(
            f"the local AWS left the certificate {domain} ({arn}) in status {status}; a listener needs it ISSUED. "
            "Start from nothing: make local-reset local"
        )
    report(f"certificate {domain} {arn}")


def _zone(route53: Route53Client, domain: str, report: Report) -> None:
    listed = route53.list_hosted_zones_by_name(DNSName=domain)["HostedZones"]
    found = [zone["Id"] for zone in listed if zone["Name"] == f"{domain}."]
    zone_id = found[0] if found else route53.create_hosted_zone(Name=domain, CallerReference=domain)["HostedZone"]["Id"]
    report(f"hosted zone {domain} {zone_id.removeprefix('/hostedzone/')}")


def _state_bucket(s3: S3Client, bucket: str, report: Report) -> None:
    state_bucket.ensure(s3, bucket)
    report(f"state bucket {bucket}")


def _is(name: str, value: str) -> FilterTypeDef:
    return {"Name": name, "Values": [value]}


def _tags(kind: ResourceTypeType, tags: dict[str, str]) -> TagSpecificationTypeDef:
    return {"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
