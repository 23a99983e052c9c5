"""A real local AWS with its ECS agent, and the handful of things that the tests here do with it."""

from __future__ import annotations

import functools
import http.client
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import boto3
import psutil

from local_aws import access_key, emulator
from local_aws.config import HOST
from local_aws.variables import SECRET_ACCESS_KEY
from tests.support.local_config import config_in

ACCOUNT, REGION, CLUSTER, GROUP = "444455556666", "us-west-1", "tests", "tests/tasks"
SPEED = 60  # a health check each half second, where its interval is 30 s

Seen = TypeVar("Seen")
JSON = dict[str, Any]


@functools.cache
def _client(service: Any, running: emulator.Emulator) -> Any:
    session = boto3.Session(running.access_key_id, SECRET_ACCESS_KEY, region_name=REGION)
    return session.client(service, endpoint_url=running.endpoint, verify=False)


def until(look: Callable[[], Seen], wanted: Callable[[Seen], bool], seconds: float = 15.0) -> Seen:
    """Look until what is seen is what is wanted."""
    deadline = time.monotonic() + seconds
    while not wanted(seen := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s; last seen: {seen}")
        time.sleep(0.05)
    return seen


@dataclass(frozen=True)
class LocalEcs:
    """Its clients reach the emulator by arguments alone: no variable of the caller's has a say."""

    running: emulator.Emulator
    directory: Path
    network: JSON

    def client(self, service: str) -> Any:
        return _client(service, self.running)

    @property
    def ecs(self) -> Any:
        return self.client("ecs")

    def get(self, path: str, port: int | None = None) -> tuple[int, str]:
        with closing(http.client.HTTPConnection(HOST, port or self.running.port, timeout=10)) as connection:
            connection.request("GET", path, headers=access_key.bearer(self.running.access_key_id))
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def define(self, family: str, command: Sequence[str], more: Mapping[str, Any] | None = None) -> str:
        """Register a definition of one container `main`; its ARN."""
        container = {
            "name": "main",
            "image": "none",
            "essential": True,
            "memory": 512,
            "command": list(command),
            "environment": [{"name": "PYTHONUNBUFFERED", "value": "1"}],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {"awslogs-group": GROUP, "awslogs-region": REGION, "awslogs-stream-prefix": "ecs"},
            },
            **(more or {}),
        }
        made = self.ecs.register_task_definition(
            family=family,
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            containerDefinitions=[container],
        )
        return str(made["taskDefinition"]["taskDefinitionArn"])

    def run(self, definition: str, overrides: JSON | None = None) -> JSON:
        (task,) = self.ecs.run_task(
            cluster=CLUSTER,
            taskDefinition=definition,
            launchType="FARGATE",
            networkConfiguration=self.network,
            overrides=overrides or {},
        )["tasks"]
        return dict(task)

    def task(self, arn: str) -> JSON:
        return dict(self.ecs.describe_tasks(cluster=CLUSTER, tasks=[arn], include=["TAGS"])["tasks"][0])

    def reaches(self, arn: str, status: str) -> JSON:
        return until(lambda: self.task(arn), lambda task: task["lastStatus"] == status)

    def output(self, task_id: str) -> list[str]:
        logs, stream = self.client("logs"), f"ecs/main/{task_id}"
        try:
            events = logs.get_log_events(logGroupName=GROUP, logStreamName=stream, startFromHead=True)["events"]
        except logs.exceptions.ResourceNotFoundException:
            return []  # a task that is not started yet has no stream, here as in AWS
        return [event["message"] for event in events]

    def create_service(self, name: str, definition: str, count: int, percents: tuple[int, int], more: JSON) -> JSON:
        return dict(
            self.ecs.create_service(
                cluster=CLUSTER,
                serviceName=name,
                taskDefinition=definition,
                desiredCount=count,
                launchType="FARGATE",
                networkConfiguration=self.network,
                deploymentConfiguration={
                    "minimumHealthyPercent": percents[0],
                    "maximumPercent": percents[1],
                    **more.pop("deployment", {}),
                },
                **more,
            )["service"]
        )

    def service(self, name: str) -> JSON:
        return dict(self.ecs.describe_services(cluster=CLUSTER, services=[name])["services"][0])

    def steady(self, name: str, definition: str, seconds: float = 15.0) -> JSON:
        """The service, once its one deployment is of this definition and completed."""
        return until(
            lambda: self.service(name),
            lambda service: (
                [(d["taskDefinition"], d["rolloutState"]) for d in service["deployments"]]
                == [(definition, "COMPLETED")]
            ),
            seconds,
        )

    def service_tasks(self, name: str) -> list[JSON]:
        arns = self.ecs.list_tasks(cluster=CLUSTER, serviceName=name)["taskArns"]
        return list(self.ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"]) if arns else []

    def delete_service(self, name: str) -> None:
        self.ecs.delete_service(cluster=CLUSTER, service=name, force=True)
        until(lambda: self.service(name)["status"], lambda status: status == "INACTIVE")


def marked(mark: str) -> list[psutil.Process]:
    """The processes on whose command line the mark stands."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if any(mark in argument for argument in process.info["cmdline"] or []):
            found.append(process)
    return found


def start(directory: Path) -> LocalEcs:
    """Start one, with what a task needs in it: a VPC with a subnet, a cluster, a log group."""
    running = emulator.start(config_in(directory, ACCOUNT, speed=SPEED))
    local = LocalEcs(running, directory, {})
    ec2 = local.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="tasks", Description="tasks", VpcId=vpc)["GroupId"]
    local.ecs.create_cluster(clusterName=CLUSTER)
    local.client("logs").create_log_group(logGroupName=GROUP)
    network = {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}}
    return LocalEcs(running, directory, network)
