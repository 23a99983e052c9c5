"""A page of another site, open in the developer's browser, gets nothing from any server that `make local` starts."""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local_aws import snowflake
from tests.local_aws.browser import SITE, report_of, shown
from tests.support.ports import free_port

from .local_ecs import CLUSTER, LocalEcs, until

JSON = "application/x-amz-json-1.1"
SIGN_IN = json.dumps({"data": {"SESSION_PARAMETERS": {}}})
PORT = 3000
NOTING = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if "HealthChecker" not in self.headers.get("User-Agent", ""):
            with open(sys.argv[1], "a") as notes:
                print(self.command, self.path, file=notes)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    do_POST = do_GET
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("0.0.0.0", int(sys.argv[2])), Handler).serve_forever()
"""
# Each request of a script in every way in which a page can send one; what the page can read of the answer.
TRY = """
const found = {};
for (const [name, address, options] of %s) {
  for (const mode of ['cors', 'no-cors']) {
    try {
      const answer = await fetch(address, {...options, mode});
      found[`${name} ${mode}`] = answer.type === 'opaque' ? 'nothing' : await answer.text();
    } catch (error) { found[`${name} ${mode}`] = 'nothing'; }
  }
  if (!options.method) {
    await new Promise(done => { const image = new Image(); image.onload = image.onerror = done; image.src = address; });
  } else {
    const frame = document.createElement('iframe');
    frame.name = name; document.body.append(frame);
    const form = document.createElement('form');
    Object.assign(form, {action: address, method: 'POST', target: name, enctype: 'text/plain'});
    const field = document.createElement('input');
    [field.name, field.value] = [options.body ?? '', '']; form.append(field); document.body.append(form);
    const arrived = new Promise(done => { frame.onload = done; });
    form.submit(); await arrived;
    try { found[`${name} form`] = frame.contentDocument.body.innerText; } catch { found[`${name} form`] = 'nothing'; }
  }
}
return found;
"""


@dataclass(frozen=True)
class Snowflake:
    port: int
    log: Path

    def sign_ins(self) -> int:
        """How many sessions it has begun so far."""
        return self.log.read_text().count("Session login")


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snowflake]:
    directory, port = tmp_path_factory.mktemp("snowflake"), free_port()
    snowflake.start(directory, port)
    yield Snowflake(port, directory / "snowflake.log")
    snowflake.stop(directory)


@pytest.fixture
def behind_the_front(local: LocalEcs, tmp_path: Path) -> Iterator[Path]:
    """A web server behind the laptop's own door, which notes each request that is no health check in this file."""
    notes, elbv2 = tmp_path / "notes", local.client("elbv2")
    (subnet,) = local.network["awsvpcConfiguration"]["subnets"]
    vpc = local.client("ec2").describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]
    (group,) = elbv2.create_target_group(
        Name="noting",
        Protocol="HTTP",
        Port=PORT,
        VpcId=vpc,
        TargetType="ip",
        HealthyThresholdCount=2,
        Tags=[{"Key": "Environment", "Value": "prod"}],
    )["TargetGroups"]
    container = {"portMappings": [{"containerPort": PORT}]}
    definition = local.define("noting", [sys.executable, "-c", NOTING, str(notes), str(PORT)], container)
    balancer = {"targetGroupArn": group["TargetGroupArn"], "containerName": "main", "containerPort": PORT}
    local.create_service("noting", definition, 1, (100, 200), {"loadBalancers": [balancer]})
    until(lambda: local.get("/own", local.running.web_port)[0], lambda status: status == 200, 30)
    yield notes
    local.delete_service("noting")
    elbv2.delete_target_group(TargetGroupArn=group["TargetGroupArn"])


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """What the page's task would write, as the developer."""
    return tmp_path / "reached"


@pytest.fixture
def task(local: LocalEcs) -> Iterator[str]:
    """The id of a task that runs, and that the page knows."""
    arn = local.run(local.define("asked", ["sleep", "600"]))["taskArn"]
    local.reaches(arn, "RUNNING")
    yield arn.rpartition("/")[2]
    local.ecs.stop_task(cluster=CLUSTER, task=arn)
    local.reaches(arn, "STOPPED")


def amazon(local: LocalEcs, operation: str, **parameters: Any) -> list[Any]:
    """A call of ECS by its own protocol, under the very key of the deployment."""
    credential = f"{local.running.access_key_id}/20261129/us-west-1/ecs/aws4_request"
    signed = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"
    target = f"AmazonEC2ContainerServiceV20141113.{operation}"
    headers = {"Content-Type": JSON, "X-Amz-Target": target, "Authorization": signed}
    options = {"method": "POST", "headers": headers, "body": json.dumps(parameters)}
    return [operation, f"{local.running.endpoint}/", options]


def test_a_page_of_another_site_registers_nothing_runs_nothing_and_reads_nothing(
    local: LocalEcs, task: str, warehouse: Snowflake, behind_the_front: Path, marker: Path
) -> None:
    container = {"name": "main", "image": "none", "memory": 512, "command": ["sh", "-c", f"id > {marker}"]}
    aws, front = local.running.endpoint, f"http://127.0.0.1:{local.running.web_port}"
    mutation = "/graphql?query=mutation{setNuxSeen}"
    tries = [
        amazon(local, "RegisterTaskDefinition", family="evil", containerDefinitions=[container]),
        amazon(local, "RunTask", cluster=CLUSTER, taskDefinition="evil", launchType="FARGATE"),
        ["state", f"{aws}/?list-type=2", {}],
        ["moto", f"{aws}/moto-api/data.json", {}],
        ["reset", f"{aws}/moto-api/reset", {"method": "POST"}],
        ["calls", f"{aws}/asset-manager-api/calls", {}],
        ["metadata", f"{aws}/asset-manager-api/v4/{task}/task", {}],
        ["front", f"{front}/", {}],
        ["link", f"{front}{mutation}", {}],
        ["mutation", f"{front}/graphql", {"method": "POST", "body": '{"query": "mutation { setNuxSeen }"}'}],
        [
            "snowflake",
            f"http://127.0.0.1:{warehouse.port}/session/v1/login-request",
            {"method": "POST", "body": SIGN_IN},
        ],
    ]
    calls = json.loads(local.get("/asset-manager-api/calls")[1])
    found = report_of(TRY % json.dumps(tries))
    assert {name: read for name, read in found.items() if read != "nothing"} == {}
    assert len(found) == 2 * len(tries) + sum("method" in options for _, _, options in tries)
    # The local AWS still knows its cluster, counted no call, and ran nothing.
    assert json.loads(local.get("/asset-manager-api/calls")[1]) == calls
    assert local.ecs.list_task_definition_families(familyPrefix="evil")["families"] == []
    assert not marker.exists()
    # What a program sends arrives; of what the page sent, nothing did.
    assert set(behind_the_front.read_text().splitlines()) == {"GET /own"}
    assert warehouse.sign_ins() == 0
    login = urllib.request.Request(f"http://127.0.0.1:{warehouse.port}/session/v1/login-request", SIGN_IN.encode())
    with urllib.request.urlopen(login, timeout=10) as answer:  # noqa: S310
        assert json.load(answer)["success"] is True
    assert warehouse.sign_ins() == 1


@pytest.mark.parametrize("path", ["/", "/moto-api/data.json", "/asset-manager-api/calls"])
def test_a_name_that_dns_points_here_is_no_way_to_the_local_aws(local: LocalEcs, path: str) -> None:
    assert f"not to Host {SITE}" in shown(f"http://{SITE}:{local.running.port}{path}")


def test_nor_to_the_metadata_of_a_task(local: LocalEcs, task: str) -> None:
    address = f"http://{SITE}:{local.running.port}/asset-manager-api/v4/{task}/task"
    assert f"not to Host {SITE}" in shown(address)
    assert "TaskARN" in local.get(f"/asset-manager-api/v4/{task}/task")[1]


def test_nor_to_snowflakes_stand_in(warehouse: Snowflake) -> None:
    assert f"not to Host {SITE}" in shown(f"http://{SITE}:{warehouse.port}/session")


def test_nor_to_the_web_front(local: LocalEcs) -> None:
    assert f"not to Host {SITE}" in shown(f"http://{SITE}:{local.running.web_port}/graphql")
