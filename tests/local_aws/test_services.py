"""Services: kept at their desired count, rolled within their bounds, behind a load balancer that tells the truth."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local_aws.config import HOST
from local_aws.ecs.rollout import backoff_seconds

from .local_ecs import CLUSTER, SPEED, LocalEcs, marked, until

PORT = 3000
SECONDS_FOR_AN_ANSWER = 15.0  # it comes in milliseconds; this ends a test that would wait for ever


def forever(mark: str) -> list[str]:
    return ["python", "-c", f"import time; time.sleep(600)  # {mark}"]


def web(answer: str, status: int = 200) -> list[str]:
    """A web server that listens on "every interface", as the stack's does, and answers upgrades with an echo."""
    return [
        "python",
        "-c",
        f"""
import http.server, signal, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if self.headers.get("Upgrade"):
            self.send_response(101)
            self.end_headers()
            self.wfile.write(self.rfile.readline())
            self.close_connection = True
            return
        self.send_response({status})
        self.send_header("Content-Length", str(len({answer!r})))
        self.end_headers()
        self.wfile.write({answer!r}.encode())
    def log_message(self, *_): pass
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
server = http.server.ThreadingHTTPServer(("0.0.0.0", {PORT}), Handler)
server.daemon_threads = True
server.serve_forever()
""",
    ]


@pytest.fixture(scope="module")
def group(local: LocalEcs) -> str:
    """A target group as the stack's, behind a load balancer of its own."""
    vpc = local.client("ec2").describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.0.0.0/16"]}])["Vpcs"][0]["VpcId"]
    made = local.client("elbv2").create_target_group(
        Name="web",
        Protocol="HTTP",
        Port=PORT,
        VpcId=vpc,
        TargetType="ip",
        HealthCheckPath="/server_info",
        HealthCheckIntervalSeconds=30,
        HealthCheckTimeoutSeconds=2,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=2,
        Tags=[{"Key": "Environment", "Value": "prod"}],  # whom the laptop's own door is for
    )
    return str(made["TargetGroups"][0]["TargetGroupArn"])


def behind(group: str, grace: int = 120) -> dict[str, Any]:
    balancer = {"targetGroupArn": group, "containerName": "main", "containerPort": PORT}
    return {"loadBalancers": [balancer], "healthCheckGracePeriodSeconds": grace}


def ports() -> dict[str, Any]:
    return {"portMappings": [{"containerPort": PORT, "hostPort": PORT, "protocol": "tcp"}]}


@pytest.fixture
def web_service(local: LocalEcs, group: str) -> Iterator[None]:
    """One task that serves "second" behind the load balancer."""
    definition = local.define("web", web("second"), ports())
    local.create_service("web", definition, 1, (100, 200), behind(group))
    local.steady("web", definition)
    yield
    local.delete_service("web")
    assert health(local, group) == []


def health(local: LocalEcs, group: str) -> list[str]:
    told = local.client("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return [target["TargetHealth"]["State"] for target in told]


def messages(local: LocalEcs, service: str) -> list[str]:
    return [event["message"] for event in local.service(service)["events"]]


@contextmanager
def sampled(look: Any) -> Iterator[list[Any]]:
    """What was seen, ten times a second, while the block ran."""
    seen: list[Any] = []
    done = threading.Event()

    def sample() -> None:
        while not done.wait(0.1):
            seen.append(look())

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def test_a_service_keeps_its_desired_count(local: LocalEcs) -> None:
    definition = local.define("kept", forever("kept-count"))
    given = local.create_service("kept", definition, 2, (100, 200), {})
    assert given["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    service = local.steady("kept", definition)
    assert (service["runningCount"], service["pendingCount"]) == (2, 0)
    assert service["deployments"][0]["runningCount"] == 2
    assert service["events"][0]["message"] == "(service kept) has reached a steady state."
    (task, other) = local.service_tasks("kept")
    assert (task["group"], task["startedBy"]) == ("service:kept", service["deployments"][0]["id"])

    os.kill(marked("kept-count")[0].pid, signal.SIGKILL)
    known = {task["taskArn"], other["taskArn"]}
    until(lambda: {t["taskArn"] for t in local.service_tasks("kept")}, lambda arns: not arns <= known)
    assert len(until(lambda: marked("kept-count"), lambda found: len(found) == 2)) == 2

    local.ecs.update_service(cluster=CLUSTER, service="kept", desiredCount=0)
    until(lambda: marked("kept-count"), lambda found: not found)
    until(lambda: local.service("kept")["runningCount"], lambda count: count == 0)
    arns = local.ecs.list_tasks(cluster=CLUSTER, serviceName="kept", desiredStatus="STOPPED")["taskArns"]
    ended = local.ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"]
    assert sorted(task["stopCode"] for task in ended) == [
        "EssentialContainerExited",
        "ServiceSchedulerInitiated",
        "ServiceSchedulerInitiated",
    ]
    local.delete_service("kept")


def test_there_are_never_two_daemons(local: LocalEcs) -> None:
    """0 and 100 percent: the old one has ended before the new one begins (docs/traps.md, 2)."""
    slow_to_end = (
        "import signal, sys, time; signal.signal(15, lambda *_: (time.sleep(0.5), sys.exit()));"
        "time.sleep(600)  # the-daemon"
    )
    first = local.define("daemon", ["python", "-c", slow_to_end])
    local.create_service("daemon", first, 1, (0, 100), {})
    local.steady("daemon", first)
    with sampled(lambda: len(marked("the-daemon"))) as seen:
        second = local.define("daemon", ["python", "-c", slow_to_end])
        local.ecs.update_service(cluster=CLUSTER, service="daemon", taskDefinition=second)
        local.steady("daemon", second)
        os.kill(marked("the-daemon")[0].pid, signal.SIGKILL)
        until(lambda: marked("the-daemon"), lambda found: len(found) == 1)
    assert len(seen) > 10  # each look goes through all processes, so on a busy machine there are fewer
    assert set(seen) <= {0, 1}
    local.delete_service("daemon")


def test_a_service_waits_for_its_tasks_own_health_check_and_replaces_one_that_fails_it(
    local: LocalEcs, tmp_path: Path
) -> None:
    well = tmp_path / "well"
    check = {
        "healthCheck": {"command": ["CMD-SHELL", f"test -e {well}"], "interval": 5, "retries": 1, "startPeriod": 60}
    }
    definition = local.define("checked", forever("checked"), check)
    local.create_service("checked", definition, 1, (0, 100), {})
    until(lambda: [task["lastStatus"] for task in local.service_tasks("checked")], lambda seen: seen == ["RUNNING"])
    unchecked = local.define("unchecked", forever("unchecked"))  # started later, it is steady without a check
    local.create_service("unchecked", unchecked, 1, (0, 100), {})
    local.steady("unchecked", unchecked)
    local.delete_service("unchecked")
    (task,) = local.service_tasks("checked")
    assert task["healthStatus"] == task["containers"][0]["healthStatus"] == "UNKNOWN"
    assert local.service("checked")["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    well.touch()
    local.steady("checked", definition)
    assert local.task(task["taskArn"])["healthStatus"] == "HEALTHY"
    well.unlink()
    stopped = local.reaches(task["taskArn"], "STOPPED")
    assert stopped["stoppedReason"] == "Task failed container health checks"
    assert any("failed container health checks" in message for message in messages(local, "checked"))
    local.delete_service("checked")


def test_a_web_service_is_rolled_without_a_failed_request(local: LocalEcs, group: str) -> None:
    port = local.running.web_port
    assert local.get("/", port)[0] == 503
    first = local.define("web", web("first"), ports())
    local.create_service("web", first, 1, (100, 200), behind(group))
    until(lambda: health(local, group), lambda states: states == ["initial"])
    local.steady("web", first)
    assert health(local, group) == ["healthy"]
    assert local.get("/", port) == (200, "first")

    second = local.define("web", web("second"), ports())
    with sampled(lambda: local.get("/", port)) as answers, sampled(lambda: len(health(local, group))) as targets:
        answer = local.ecs.update_service(cluster=CLUSTER, service="web", taskDefinition=second)["service"]
        rolling = [(d["status"], d["taskDefinition"], d["rolloutState"]) for d in answer["deployments"]]
        assert rolling == [("PRIMARY", second, "IN_PROGRESS"), ("ACTIVE", first, "COMPLETED")]
        local.steady("web", second)
    assert set(answers) == {(200, "first"), (200, "second")}
    assert {2} <= set(targets) <= {1, 2}
    assert local.get("/", port) == (200, "second")
    told = "\n".join(messages(local, "web"))
    assert f"(service web) (deployment {answer['deployments'][0]['id']}) deployment completed." in told
    local.delete_service("web")


@pytest.mark.usefixtures("web_service")
def test_the_load_balancer_carries_what_is_not_http(local: LocalEcs) -> None:
    """Websockets, on which the UI's subscriptions travel."""
    with socket.create_connection((HOST, local.running.web_port or 0), SECONDS_FOR_AN_ANSWER) as browser:
        browser.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        browser.sendall(b"\x81\x05hello\n")
        received = b""
        while chunk := browser.recv(100):
            received += chunk
    assert received.startswith(b"HTTP/1.1 101 ")
    assert received.endswith(b"\x81\x05hello\n")


@pytest.mark.usefixtures("web_service")
def test_an_unhealthy_target_is_replaced(local: LocalEcs, group: str) -> None:
    local.ecs.update_service(cluster=CLUSTER, service="web", healthCheckGracePeriodSeconds=0)
    (task,) = local.service_tasks("web")
    (process,) = marked("'second'.encode()")
    process.suspend()  # a web server that hangs
    try:
        seen = until(lambda: local.task(task["taskArn"]), lambda seen: seen["desiredStatus"] == "STOPPED", 40)
        assert seen["stoppedReason"] == f"Task failed ELB health checks in (target-group {group})"
        assert seen["stopCode"] == "ServiceSchedulerInitiated"
    finally:
        process.kill()
    until(
        lambda: local.service_tasks("web"), lambda tasks: [t["taskArn"] for t in tasks] not in ([], [task["taskArn"]])
    )
    until(lambda: health(local, group), lambda states: states == ["healthy"])
    assert local.get("/", local.running.web_port) == (200, "second")


def test_the_circuit_breaker_rolls_back(local: LocalEcs) -> None:
    good = local.define("breaker", forever("good-revision"))
    breaker = {"deployment": {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}}
    first = local.create_service("breaker", good, 1, (100, 200), breaker)["deployments"][0]["id"]
    local.steady("breaker", good)
    (before,) = marked("good-revision")
    bad = local.define("breaker", ["sh", "-c", "exit 1"])
    local.ecs.update_service(cluster=CLUSTER, service="breaker", taskDefinition=bad)
    service = local.steady("breaker", good, 20)
    assert service["taskDefinition"] == good
    assert service["deployments"][0]["id"] == first
    assert marked("good-revision") == [before], "the old task served all the while"
    told = messages(local, "breaker")
    assert any(text.endswith("deployment failed: tasks failed to start.") for text in told)
    assert f"(service breaker) rolling back to deployment {first}." in told
    local.delete_service("breaker")


def test_a_crash_loop_slows_down_and_is_reported(local: LocalEcs) -> None:
    definition = local.define("crashing", ["sh", "-c", "exit 1"])
    local.create_service("crashing", definition, 1, (0, 100), {})
    until(lambda: local.service("crashing")["deployments"][0]["failedTasks"], lambda failed: failed >= 5)
    (deployment,) = local.service("crashing")["deployments"]
    assert deployment["rolloutState"] == "IN_PROGRESS"
    arns = local.ecs.list_tasks(cluster=CLUSTER, serviceName="crashing", desiredStatus="STOPPED")["taskArns"]
    tasks = local.ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"]
    first, second, third, *_ = sorted(tasks, key=lambda task: task["createdAt"])
    assert (second["createdAt"] - first["stoppedAt"]).total_seconds() >= backoff_seconds(1) / SPEED
    assert (third["createdAt"] - second["stoppedAt"]).total_seconds() >= backoff_seconds(2) / SPEED
    answer = local.ecs.update_service(cluster=CLUSTER, service="crashing", forceNewDeployment=True)["service"]
    new, old = answer["deployments"]
    assert (old["id"], old["status"], new["status"]) == (deployment["id"], "ACTIVE", "PRIMARY")
    # At once: what held the old deployment up, by now for longer than this second, does not hold up the new one.
    assert backoff_seconds(5) / SPEED > 2
    until(lambda: local.service("crashing")["deployments"][0]["failedTasks"], lambda failed: failed >= 1, 1)
    local.delete_service("crashing")
