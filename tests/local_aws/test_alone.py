"""local_aws alone in a folder: `python -m local_aws` serves plain boto3 and Terraform, and nothing else is imported."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from local_aws.ecs.process import end_tasks
from ops.terraform import toolchain
from ops.terraform.provider_mirror import VERSION
from tests.support.ports import free_ports
from tests.support.repository import ROOT

from .local_ecs import until

# The project is installed in the environment, so its own packages are refused by name.
ALONE = """
import runpy, sys

OTHERS = {"ops", "settings", "stacks", "tools", "asset_manager", "asset_manager_constructs"}

class Refusing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in OTHERS:
            raise ImportError(f"local_aws imports {name}")

sys.meta_path.insert(0, Refusing())
runpy.run_module("local_aws", run_name="__main__", alter_sys=True)
"""
SERVE = ["python", "-m", "http.server", "8000", "--bind", "0.0.0.0"]  # noqa: S104  this means the task's own address
STACK = {
    "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": VERSION}}},
    "provider": {"aws": {}},
    "resource": {"aws_ssm_parameter": {"one": {"name": "/alone/one", "type": "String", "value": "1"}}},
}


@dataclass(frozen=True)
class Alone:
    process: subprocess.Popen[str]
    folder: Path
    environ: dict[str, str]
    web_port: int

    def client(self, service: Any) -> Any:
        key, secret = self.environ["AWS_ACCESS_KEY_ID"], self.environ["AWS_SECRET_ACCESS_KEY"]
        session = boto3.Session(key, secret, region_name=self.environ["AWS_REGION"])
        return session.client(service, endpoint_url=self.environ["AWS_ENDPOINT_URL"])


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-P", "-c", ALONE, *arguments]


def environment(folder: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(folder)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("alone")
    shutil.copytree(ROOT / "local_aws", folder / "local_aws", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="module")
def alone(folder: Path) -> Iterator[Alone]:
    port, web_port = free_ports(2)
    options = ["--port", str(port), "--web-port", str(web_port), "--speed", "60", "--region", "us-west-2"]
    with subprocess.Popen(
        command(*options), cwd=folder, env=environment(folder), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        printed = []
        for line in process.stdout:
            printed.append(line)
            if line.startswith("Ctrl-C"):
                break
        environ = dict(re.findall(r"^export (\w+)=(.*)$", "".join(printed), re.MULTILINE))
        assert environ["AWS_ENDPOINT_URL"] == f"http://127.0.0.1:{port}"

        def listens() -> bool:
            with closing(socket.socket()) as probe:
                return process.poll() is None and probe.connect_ex(("127.0.0.1", port)) == 0

        try:
            until(listens, bool, 60)
            yield Alone(process, folder, environ, web_port)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                last, _ = process.communicate(timeout=60)
            finally:
                process.kill()
        assert (process.returncode, last) == (0, f"\nsaved in {folder / '.local-aws'}\n")
        assert (folder / ".local-aws" / "aws.saved").exists()
        assert not end_tasks(folder.resolve() / ".local-aws" / "tasks"), "a task still ran"


def test_boto3_creates_a_bucket(alone: Alone) -> None:
    s3 = alone.client("s3")
    s3.create_bucket(Bucket="mine", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    s3.put_object(Bucket="mine", Key="key", Body=b"body")
    assert s3.get_object(Bucket="mine", Key="key")["Body"].read() == b"body"


def test_an_ecs_service_serves(alone: Alone) -> None:
    ec2, ecs = alone.client("ec2"), alone.client("ecs")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    ecs.create_cluster(clusterName="mine")
    container = {
        "name": "main",
        "image": "none",
        "memory": 256,
        "command": SERVE,
        "portMappings": [{"containerPort": 8000}],
    }
    ecs.register_task_definition(
        family="server", networkMode="awsvpc", cpu="256", memory="512", containerDefinitions=[container]
    )
    group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    network = {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}}
    ecs.create_service(
        cluster="mine", serviceName="web", taskDefinition="server", desiredCount=1, networkConfiguration=network
    )
    (arn,) = until(lambda: ecs.list_tasks(cluster="mine", serviceName="web")["taskArns"], bool)

    def task() -> dict[str, Any]:
        return dict(ecs.describe_tasks(cluster="mine", tasks=[arn])["tasks"][0])

    details = until(task, lambda found: found["lastStatus"] == "RUNNING")["attachments"][0]["details"]
    address = next(each["value"] for each in details if each["name"] == "privateIPv4Address")

    def status() -> int:
        try:
            with urllib.request.urlopen(f"http://{address}:8000/", timeout=5) as answer:
                return int(answer.status)
        except OSError:
            return 0

    assert until(status, bool) == 200


def test_terraform_applies_and_then_plans_nothing(alone: Alone, tmp_path: Path) -> None:
    tools = toolchain.environment(ROOT)
    environ = {**environment(tmp_path), **tools, **alone.environ}
    (tmp_path / "main.tf.json").write_text(json.dumps(STACK))

    def terraform(*arguments: str) -> int:
        return subprocess.run(
            [tools["TERRAFORM_BINARY_NAME"], *arguments, "-no-color", "-input=false"],
            cwd=tmp_path,
            env=environ,
            check=False,
        ).returncode

    assert terraform("init") == 0
    assert terraform("apply", "-auto-approve") == 0
    assert alone.client("ssm").get_parameter(Name="/alone/one")["Parameter"]["Value"] == "1"
    assert terraform("plan", "-detailed-exitcode") == 0


def test_a_port_in_use_is_one_message(folder: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = int(listener.getsockname()[1])
        done = subprocess.run(
            command("--port", str(port)),
            cwd=folder,
            env=environment(folder),
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith(f"local_aws: port {port} on 127.0.0.1 is in use by process {os.getpid()} (")
    assert done.stderr.endswith(f"choose another port: --port {port + 1}\n")
    assert done.stderr.count("\n") == 1
