"""Who can reach whom in the deployment, by a walk over the groups that EC2 says are attached, and over their rules."""

from typing import TYPE_CHECKING

from tests.support.deployed import Deployed
from tests.support.reachability import INTERNET, Rule, chain, outgoing, read

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import SecurityGroupRuleTypeDef


def attached(deployed: Deployed) -> tuple[str, str]:
    """The one group of the load balancer, and the one that both services give their tasks."""
    (alb,) = deployed.elbv2.describe_load_balancers(Names=["asset-manager-alb"])["LoadBalancers"]
    (alb_group,) = alb["SecurityGroups"]
    services = deployed.ecs.describe_services(
        cluster="asset-manager", services=["asset-manager-web", "asset-manager-daemon"]
    )["services"]
    assert len(services) == 2
    (services_group,) = {
        group
        for service in services
        for group in service["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"]
    }
    return alb_group, services_group


def rules(deployed: Deployed, *groups: str) -> list[Rule]:
    described: list[SecurityGroupRuleTypeDef] = []
    for page in deployed.ec2.get_paginator("describe_security_group_rules").paginate(
        Filters=[{"Name": "group-id", "Values": list(groups)}]
    ):
        described += page["SecurityGroupRules"]
    assert {rule["GroupId"] for rule in described} == set(groups)
    return read(described)


def test_the_internet_reaches_443_and_80_of_the_load_balancer_and_that_3000_of_tasks_and_nobody_more(
    deployed: Deployed,
) -> None:
    alb, services = attached(deployed)
    assert chain(rules(deployed, alb, services), [alb, services]) == {
        (INTERNET, alb): {("tcp", (443, 443)), ("tcp", (80, 80))},
        (alb, services): {("tcp", (3000, 3000))},
        # A task may ask anything by 443 and 80, and the load balancer answers everybody on those two.
        (services, alb): {("tcp", (443, 443)), ("tcp", (80, 80))},
        (services, services): {("tcp", (0, 65535)), *(("tcp", (port, port)) for port in (443, 80, 5432))},
        # Where users sign in at an identity provider, the load balancer may ask it by HTTPS, so its own 443 as well.
        **({(alb, alb): {("tcp", (443, 443))}} if asks_an_identity_provider(deployed, alb) else {}),
    }


def asks_an_identity_provider(deployed: Deployed, alb: str) -> bool:
    return ("tcp", (443, 443)) in outgoing(rules(deployed, alb), alb, INTERNET)


def test_of_the_tasks_that_run_only_webs_are_behind_the_load_balancer_on_3000(deployed: Deployed) -> None:
    """The group of web and daemon is one; what listens on 3000, and is a target, is web."""
    services = {
        service["serviceName"]: service["loadBalancers"]
        for service in deployed.ecs.describe_services(
            cluster="asset-manager", services=["asset-manager-web", "asset-manager-daemon"]
        )["services"]
    }
    assert [target["containerPort"] for target in services["asset-manager-web"]] == [3000]
    assert services["asset-manager-daemon"] == []
    for family in ("asset_manager-daemon-task", "asset-manager-run"):
        (container,) = deployed.ecs.describe_task_definition(taskDefinition=family)["taskDefinition"][
            "containerDefinitions"
        ]
        assert container.get("portMappings", []) == []


def test_no_task_has_an_address_that_the_internet_knows(deployed: Deployed) -> None:
    for service in deployed.ecs.describe_services(
        cluster="asset-manager", services=["asset-manager-web", "asset-manager-daemon"]
    )["services"]:
        network = service["networkConfiguration"]["awsvpcConfiguration"]
        assert network["assignPublicIp"] == "DISABLED"
        subnets = deployed.ec2.describe_subnets(SubnetIds=network["subnets"])["Subnets"]
        tables = deployed.ec2.describe_route_tables(
            Filters=[{"Name": "association.subnet-id", "Values": network["subnets"]}]
        )["RouteTables"]
        assert {subnet["MapPublicIpOnLaunch"] for subnet in subnets} == {False}
        assert [
            route for table in tables for route in table["Routes"] if route.get("GatewayId", "").startswith("igw-")
        ] == []
