"""What an account must have before the first deployment, one check each; nothing here changes anything.

The guide assumes all of it: network, cluster, registry, roles, certificate, zone, values for the secrets, a database
that can be reached. Each finding names the command that fixes it.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from functools import partial
from typing import Any, cast

from botocore.exceptions import ClientError

from ops.checking.prerequisites import network, trust
from ops.checking.report import Check
from ops.console.finding import Finding, failed, ok
from ops.dagster_api.deployment import Deployment
from settings.facts.certificates import KEY_TYPES


def checks(deployment: Deployment) -> list[Check]:
    existing = deployment.settings.existing
    return [
        Check("VPC", partial(network.vpc, deployment)),
        *[
            Check(f"{kind} subnets", partial(network.subnets, deployment, kind), needs="VPC")
            for kind in ("public", "private")
        ],
        Check("way in", partial(network.way_in, deployment), needs="public subnets"),
        Check("way out", partial(network.way_out, deployment), needs="private subnets"),
        Check("cluster", partial(cluster, deployment)),
        Check("image", partial(image, deployment)),
        *[
            Check(f"role {name}", partial(role, deployment, name))
            for name in (existing.execution_role, existing.task_role)
        ],
        Check("certificate", partial(certificate, deployment)),
        Check("hosted zone", partial(zone, deployment)),
        Check("secrets", partial(secrets, deployment)),
        Check("database", partial(database, deployment)),
    ]


def cluster(deployment: Deployment) -> Finding:
    """The cluster is active, and has Spot if runs start on it."""
    name, spot = deployment.settings.existing.cluster, deployment.settings.run.spot
    found = deployment.ecs.describe_clusters(clusters=[name])["clusters"]
    if not found or found[0]["status"] != "ACTIVE":
        return failed(f"no active cluster {name}", f"aws ecs create-cluster --cluster-name {name}")
    if spot and "FARGATE_SPOT" not in found[0].get("capacityProviders", []):
        return failed(
            f"{name} has no capacity provider FARGATE_SPOT, and `run: spot:` is true",
            f"aws ecs put-cluster-capacity-providers --cluster {name} --capacity-providers FARGATE FARGATE_SPOT "
            "--default-capacity-provider-strategy capacityProvider=FARGATE,weight=1",
        )
    return ok(f"{name} is active{', with Spot' if spot else ''}")


def image(deployment: Deployment) -> Finding:
    """The image tag is in the repository."""
    name, tag = deployment.settings.existing.repository, deployment.settings.image_tag
    try:
        found = deployment.ecr.describe_images(repositoryName=name, imageIds=[{"imageTag": tag}])
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "RepositoryNotFoundException":
            return failed(f"no repository {name}", f"aws ecr create-repository --repository-name {name}")
        if code == "ImageNotFoundException":
            return failed(f"{name} has no image {tag}", "make image builds it; docker push, or `image_tag:` of another")
        raise
    return ok(f"{name}:{tag} {found['imageDetails'][0]['imageDigest'][:19]}")


def role(deployment: Deployment, name: str) -> Finding:
    """The role exists, and only ECS tasks of this account can assume it."""
    account_id, region = deployment.settings.account_id, deployment.settings.region
    try:
        found = deployment.iam.get_role(RoleName=name)["Role"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
        return trust.missing(name, account_id, region)
    return trust.judge_trust(name, cast("Mapping[str, Any]", found["AssumeRolePolicyDocument"]), account_id, region)


def certificate(deployment: Deployment) -> Finding:
    """A certificate is issued for the listener's domain."""
    domain = deployment.settings.existing.certificate_domain
    acm = deployment.acm
    pages = acm.get_paginator("list_certificates").paginate(Includes={"keyTypes": cast("Any", KEY_TYPES)})
    found = [one for page in pages for one in page["CertificateSummaryList"] if one["DomainName"] == domain]
    states = sorted(
        {acm.describe_certificate(CertificateArn=one["CertificateArn"])["Certificate"]["Status"] for one in found}
    )
    if "ISSUED" in states:
        return ok(f"{domain} is issued")
    return failed(
        f"{domain}: {', '.join(states) or 'there is none'} in {deployment.settings.region}",
        f"aws acm request-certificate --domain-name '{domain}' --validation-method DNS, and its record in the zone",
    )


def zone(deployment: Deployment) -> Finding:
    name = deployment.settings.dns.zone
    listed = deployment.route53.list_hosted_zones_by_name(DNSName=name)["HostedZones"]
    if any(one["Name"] == f"{name}." and not one["Config"]["PrivateZone"] for one in listed):
        return ok(name)
    return failed(
        f"no public hosted zone {name}", f"aws route53 create-hosted-zone --name {name} --caller-reference first"
    )


def secrets(deployment: Deployment) -> Finding:
    """Each secret is in SSM, or this shell has its value for the first deployment."""
    names = [name.upper() for name in type(deployment.settings.secret_versions).model_fields]
    prefix = deployment.settings.names.parameter_prefix
    known = deployment.ssm.get_parameters(Names=[f"{prefix}/{name}" for name in names])["Parameters"]
    stored = {parameter["Name"].rpartition("/")[2] for parameter in known}
    missing = [name for name in names if name not in stored and not deployment.environ.get(f"TF_VAR_{name.lower()}")]
    if not missing:
        return ok(f"{len(stored)} of {len(names)} in SSM, the others in this shell")
    return failed(
        f"{', '.join(missing)}: neither in SSM below {prefix} nor in this shell",
        f"export {' '.join(f'TF_VAR_{name.lower()}=...' for name in missing)} before the first deployment",
    )


def database(deployment: Deployment) -> Finding:
    """The database's host has an IPv4 address; a VPC without IPv6 reaches no other."""
    host = deployment.environ.get("TF_VAR_dagster_pg_host") or deployment.settings.database.host
    try:
        addresses = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None, socket.AF_INET)}
    except socket.gaierror as error:
        return failed(
            f"{host} has no address of IPv4 ({error.strerror}): Supabase's direct hosts have none",
            "`database: host:` of the session pooler, aws-0-<region>.pooler.supabase.com, with user: postgres.<ref>",
        )
    return ok(f"{host} is {', '.join(sorted(addresses))}")
