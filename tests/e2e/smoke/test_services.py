"""The `services` stack as the AWS API describes it, fact by fact."""

from typing import Any

import pytest

from tests.support.deployed import Deployed

PARAMETERS = [
    "AUTH0_CLIENT_ID",
    "AUTH0_CLIENT_SECRET",
    "DAGSTER_PG_DB",
    "DAGSTER_PG_HOST",
    "DAGSTER_PG_PASSWORD",
    "DAGSTER_PG_PORT",
    "DAGSTER_PG_USER",
    "DAGSTER_S3_BUCKET",
    "METRICS_DATABASE_URL",
    "SERVER_HOST",
    "SNOWFLAKE_ACCOUNT",
    "SNOWFLAKE_DATABASE",
    "SNOWFLAKE_HOST",
    "SNOWFLAKE_PASSWORD",
    "SNOWFLAKE_PORT",
    "SNOWFLAKE_PROTOCOL",
    "SNOWFLAKE_SCHEMA",
    "SNOWFLAKE_USER",
    "SNOWFLAKE_WAREHOUSE",
]
FAMILIES = ["asset_manager-web-task", "asset_manager-daemon-task", "asset-manager-run"]


def service(deployed: Deployed, name: str) -> Any:
    (found,) = deployed.ecs.describe_services(cluster="asset-manager", services=[name])["services"]
    return found


def definition(deployed: Deployed, family: str) -> Any:
    return deployed.ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]


@pytest.mark.parametrize(
    ("family", "name", "cpu", "memory", "command", "group"),
    [
        (
            "asset_manager-web-task",
            "asset-manager-web",
            "2048",
            "4096",
            "python -m asset_manager.webserver -w workspace.yaml --port 3000 --host 0.0.0.0",
            "web",
        ),
        ("asset_manager-daemon-task", "asset-manager-daemon", "2048", "4096", "dagster-daemon run", "daemon"),
        ("asset-manager-run", "asset-manager-run", "512", "1024", "", "runs"),
    ],
)
def test_a_task_definition_is_the_guides(
    deployed: Deployed, family: str, name: str, cpu: str, memory: str, command: str, group: str
) -> None:
    made = definition(deployed, family)
    (container,) = made["containerDefinitions"]
    assert (made["cpu"], made["memory"], made["networkMode"]) == (cpu, memory, "awsvpc")
    assert made["requiresCompatibilities"] == ["FARGATE"]
    assert made["executionRoleArn"] == "arn:aws:iam::111122223333:role/fulcrum-ecs-execution-role"
    role = "asset-manager-run" if family == "asset-manager-run" else "fulcrum-ecs-task-role"
    assert made["taskRoleArn"] == f"arn:aws:iam::111122223333:role/{role}"
    assert (container["name"], " ".join(container.get("command", []))) == (name, command)
    repository, _, digest = container["image"].partition("@")
    assert repository == "111122223333.dkr.ecr.us-west-1.amazonaws.com/asset-manager"
    (pushed,) = deployed.ecr.list_images(repositoryName="asset-manager")["imageIds"]
    assert digest == pushed["imageDigest"]
    assert container["logConfiguration"]["options"] == {
        "awslogs-group": f"fulcrum/asset-manager/{group}",
        "awslogs-region": "us-west-1",
        "awslogs-stream-prefix": "ecs",
    }


@pytest.mark.parametrize("family", FAMILIES)
def test_every_task_has_the_guides_variables(deployed: Deployed, family: str) -> None:
    (container,) = definition(deployed, family)["containerDefinitions"]
    assert {pair["name"]: pair["value"] for pair in container["environment"]} == {
        "PYTHONUNBUFFERED": "1",
        "ENV": "prod",
        "AWS_REGION": "us-west-1",
        "DAGSTER_CODE_LOCATION": "asset_manager.definitions",
        "PGSSLMODE": "require",
        "DAGSTER_GRPC_TIMEOUT_SECONDS": "300",
        "DAGSTER_SENSOR_GRPC_TIMEOUT_SECONDS": "300",
        "DAGSTER_GRPC_MAX_WORKERS": "4",
        "DAGSTER_WEBSERVER_DB_POOL_MAX_OVERFLOW": "3",
        "DAGSTER_DAEMON_HEARTBEAT_TOLERANCE": "360",
        "AWS_RETRY_MODE": "adaptive",
        "AWS_MAX_ATTEMPTS": "10",
    }


def test_the_daemon_says_that_it_is_healthy(deployed: Deployed) -> None:
    (arn,) = deployed.ecs.list_tasks(cluster="asset-manager", serviceName="asset-manager-daemon")["taskArns"]
    (task,) = deployed.ecs.describe_tasks(cluster="asset-manager", tasks=[arn])["tasks"]
    assert task["healthStatus"] == "HEALTHY"


@pytest.mark.parametrize(
    ("family", "names"),
    [
        ("asset_manager-web-task", [*PARAMETERS, "DAGSTER_YAML"]),
        ("asset_manager-daemon-task", [*PARAMETERS, "DAGSTER_YAML"]),
        ("asset-manager-run", PARAMETERS),
    ],
)
def test_every_injected_parameter_is_there(deployed: Deployed, family: str, names: list[str]) -> None:
    (container,) = definition(deployed, family)["containerDefinitions"]
    given = {pair["name"]: pair["valueFrom"] for pair in container["secrets"]}
    assert set(given) == set(names)
    for name, arn in given.items():
        stored = deployed.ssm.get_parameter(Name=f"/asset-manager/{name}")["Parameter"]
        assert stored["ARN"] == arn


def test_web_runs_behind_the_target_group(deployed: Deployed) -> None:
    (group,) = deployed.elbv2.describe_target_groups(Names=["asset-manager-web-tg"])["TargetGroups"]
    assert (group["Protocol"], group["Port"], group["TargetType"]) == ("HTTP", 3000, "ip")
    (vpc,) = deployed.ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["fulcrum-vpc"]}])["Vpcs"]
    assert group["VpcId"] == vpc["VpcId"]
    assert (group["HealthCheckPath"], group["Matcher"]["HttpCode"]) == ("/server_info", "200")
    assert (group["HealthCheckIntervalSeconds"], group["HealthCheckTimeoutSeconds"]) == (30, 5)
    assert (group["HealthyThresholdCount"], group["UnhealthyThresholdCount"]) == (2, 3)
    assert service(deployed, "asset-manager-web")["loadBalancers"] == [
        {"targetGroupArn": group["TargetGroupArn"], "containerName": "asset-manager-web", "containerPort": 3000}
    ]


@pytest.mark.parametrize(
    ("name", "family", "least", "most"),
    [
        ("asset-manager-web", "asset_manager-web-task", 100, 200),
        ("asset-manager-daemon", "asset_manager-daemon-task", 0, 100),
    ],
)
def test_a_service_is_one_private_fargate_task_of_the_newest_revision(
    deployed: Deployed, name: str, family: str, least: int, most: int
) -> None:
    found = service(deployed, name)
    network = found["networkConfiguration"]["awsvpcConfiguration"]
    private = deployed.ec2.describe_subnets(Filters=[{"Name": "tag:Type", "Values": ["private"]}])["Subnets"]
    (group,) = deployed.ec2.describe_security_groups(
        Filters=[{"Name": "group-name", "Values": ["asset-manager-services-sg"]}]
    )["SecurityGroups"]
    assert (found["launchType"], found["desiredCount"], found["status"]) == ("FARGATE", 1, "ACTIVE")
    assert found["clusterArn"] == "arn:aws:ecs:us-west-1:111122223333:cluster/asset-manager"
    assert found["taskDefinition"] == definition(deployed, family)["taskDefinitionArn"]
    assert set(network["subnets"]) == {subnet["SubnetId"] for subnet in private}
    assert (network["securityGroups"], network["assignPublicIp"]) == ([group["GroupId"]], "DISABLED")
    configuration = found["deploymentConfiguration"]
    assert (configuration["minimumHealthyPercent"], configuration["maximumPercent"]) == (least, most)


def test_the_name_is_an_alias_of_the_load_balancer(deployed: Deployed) -> None:
    (zone,) = deployed.route53.list_hosted_zones()["HostedZones"]
    records = deployed.route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    (alias,) = [record for record in records if record["Type"] == "A"]
    (alb,) = deployed.elbv2.describe_load_balancers(Names=["asset-manager-alb"])["LoadBalancers"]
    assert (zone["Name"], alias["Name"]) == ("leverslabs.com.", "dg.leverslabs.com.")
    assert alias["AliasTarget"]["DNSName"].rstrip(".") == alb["DNSName"]
    assert alias["AliasTarget"]["HostedZoneId"] == alb["CanonicalHostedZoneId"]
    assert alias["AliasTarget"]["EvaluateTargetHealth"] is False
