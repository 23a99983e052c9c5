"""RunTask and StopTask: what a task does, says and leaves, as Fargate has it."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import psutil
import pytest
from botocore.exceptions import ClientError

from local_aws.variables import aws

from .local_ecs import ACCOUNT, CLUSTER, GROUP, REGION, LocalEcs, marked, until

# Ends at SIGTERM with 7, after it has said that it is up.
POLITE = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(7)); print('up', flush=True); time.sleep(60)"
DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


def id_of(task: dict[str, str]) -> str:
    return task["taskArn"].rsplit("/", 1)[-1]


def says_it_is_up(local: LocalEcs, task: dict[str, str]) -> None:
    until(lambda: local.output(id_of(task)), lambda lines: lines == ["up"])


def test_a_task_runs_its_command_and_reports_how_it_ended(local: LocalEcs) -> None:
    given = local.run(local.define("fails", ["sh", "-c", "sleep 0.3; exit 3"]))
    assert (given["lastStatus"], given["desiredStatus"], given["group"]) == ("PROVISIONING", "RUNNING", "family:fails")
    running = local.reaches(given["taskArn"], "RUNNING")
    assert "exitCode" not in running["containers"][0]
    stopped = local.reaches(given["taskArn"], "STOPPED")
    assert stopped["containers"][0]["exitCode"] == 3
    assert stopped["containers"][0]["lastStatus"] == "STOPPED"
    assert stopped["stopCode"] == "EssentialContainerExited"
    assert stopped["stoppedReason"] == "Essential container in task exited"
    assert stopped["createdAt"] <= stopped["startedAt"] < stopped["stoppingAt"] <= stopped["stoppedAt"]


def test_a_task_keeps_what_it_was_given(local: LocalEcs) -> None:
    overrides = {
        "cpu": "512",
        "memory": "1024",
        "containerOverrides": [{"name": "main", "command": ["true"], "cpu": 512, "memory": 1024}],
    }
    (made,) = local.ecs.run_task(
        cluster=CLUSTER,
        taskDefinition=local.define("kept", ["false"]),
        launchType="FARGATE",
        networkConfiguration=local.network,
        overrides=overrides,
        startedBy="someone",
        tags=[{"key": "team", "value": "data"}],
        enableECSManagedTags=True,
        enableExecuteCommand=True,
    )["tasks"]
    task = local.reaches(made["taskArn"], "STOPPED")
    assert task["overrides"] == overrides
    assert (task["cpu"], task["memory"], task["containers"][0]["memory"]) == ("512", "1024", "1024")
    assert (task["startedBy"], task["enableExecuteCommand"], task["containers"][0]["exitCode"]) == ("someone", True, 0)
    tags = {tag["key"]: tag["value"] for tag in task["tags"]}
    assert tags == {"team": "data", "aws:ecs:clusterName": CLUSTER}


def test_a_process_sees_a_stated_environment_and_nothing_else(local: LocalEcs) -> None:
    ssm = local.client("ssm")
    ssm.put_parameter(Name="/tests/plain", Value="in the open", Type="String")
    ssm.put_parameter(Name="/tests/secret", Value="s3cret", Type="SecureString")
    arn = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/tests/secret"
    secrets = [{"name": "PLAIN", "valueFrom": "/tests/plain"}, {"name": "SECRET", "valueFrom": arn}]
    definition = local.define("environment", ["env"], {"secrets": secrets})
    override = {"name": "main", "environment": [{"name": "FROM_RUN_TASK", "value": "yes"}]}
    task = local.reaches(local.run(definition, {"containerOverrides": [override]})["taskArn"], "STOPPED")
    environ = dict(line.split("=", 1) for line in local.output(id_of(task)))
    environ.pop("PWD", None)  # sh's own
    assert environ["PLAIN"] == "in the open"
    assert environ["SECRET"] == "s3cret"  # noqa: S105 -- made up above
    assert environ["FROM_RUN_TASK"] == "yes"
    assert environ["AWS_ENDPOINT_URL"] == local.running.endpoint
    assert environ["AWS_ACCESS_KEY_ID"] == f"{local.running.access_key_id}.{id_of(task)}"
    assert environ["PATH"].split(":")[0] == str(Path(sys.executable).parent)
    assert environ["HOME"] == str(local.directory / "tasks" / id_of(task))
    assert set(environ) == {
        *("PATH", "HOME", "LANG", "DAGSTER_HOME", "PYTHONUNBUFFERED", "PLAIN", "SECRET", "FROM_RUN_TASK"),
        *aws(local.running.endpoint, REGION, local.running.access_key_id),
        *("ECS_CONTAINER_METADATA_URI", "ECS_CONTAINER_METADATA_URI_V4", "LOCAL_AWS_TASKS_DIRECTORY"),
    }


def test_stop_task_asks_first(local: LocalEcs) -> None:
    task = local.run(local.define("polite", ["python", "-c", POLITE]))
    says_it_is_up(local, task)
    local.ecs.stop_task(cluster=CLUSTER, task=id_of(task), reason="enough")
    stopped = local.reaches(task["taskArn"], "STOPPED")
    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("UserInitiated", "enough")
    assert stopped["containers"][0]["exitCode"] == 7


def test_a_task_that_does_not_listen_is_killed_after_its_stop_timeout(local: LocalEcs) -> None:
    task = local.run(local.define("deaf", ["python", "-c", DEAF], {"stopTimeout": 1}))
    says_it_is_up(local, task)
    local.ecs.stop_task(cluster=CLUSTER, task=task["taskArn"])
    stopped = local.reaches(task["taskArn"], "STOPPED")
    assert stopped["containers"][0]["exitCode"] == 137
    assert stopped["stoppedReason"] == "Task stopped by user"
    assert (stopped["stoppedAt"] - stopped["stoppingAt"]).total_seconds() >= 1


def test_nothing_that_a_task_started_outlives_it(local: LocalEcs) -> None:
    # The child is in a session of its own, where no signal to the task's process group reaches it.
    child = "import time; time.sleep(61)  # leaves-home"
    parent = f"import subprocess; subprocess.Popen(['python', '-c', {child!r}], start_new_session=True)"
    task = local.run(local.define("parent", ["python", "-c", f"{parent}; import time; time.sleep(1)"]))
    until(lambda: [p for p in marked("leaves-home") if p.cmdline()[-1] == child], lambda found: len(found) == 1)
    local.reaches(task["taskArn"], "STOPPED")
    until(lambda: marked("leaves-home"), lambda found: not found, 2)


def test_a_killed_process_differs_from_one_that_ended(local: LocalEcs) -> None:
    task = local.run(local.define("killed", ["python", "-c", f"{POLITE}  # to-be-killed"]))
    says_it_is_up(local, task)
    (process,) = marked("to-be-killed")
    os.kill(process.pid, signal.SIGKILL)
    stopped = local.reaches(task["taskArn"], "STOPPED")
    assert (stopped["stopCode"], stopped["containers"][0]["exitCode"]) == ("EssentialContainerExited", 137)


def test_every_line_is_in_the_log_stream_and_in_the_file(local: LocalEcs) -> None:
    command = ["sh", "-c", "for i in $(seq 1000); do echo line $i; done; echo problem >&2; printf unfinished"]
    task = local.reaches(local.run(local.define("talkative", command))["taskArn"], "STOPPED")
    lines = [*(f"line {i}" for i in range(1, 1001)), "problem", "unfinished"]
    assert local.output(id_of(task)) == lines
    assert (local.directory / "tasks" / f"{id_of(task)}.log").read_text().splitlines() == lines
    streams = local.client("logs").describe_log_streams(logGroupName=GROUP, logStreamNamePrefix="ecs/main/")
    assert f"ecs/main/{id_of(task)}" in [stream["logStreamName"] for stream in streams["logStreams"]]


def test_a_task_learns_from_the_metadata_endpoint_who_it_is(local: LocalEcs) -> None:
    ask = (
        "import json, os, urllib.request as r; u = os.environ['ECS_CONTAINER_METADATA_URI_V4'];"
        "t = json.load(r.urlopen(u + '/task')); c = json.load(r.urlopen(u));"
        "keys = 'Cluster TaskARN Family Revision DesiredStatus KnownStatus LaunchType AvailabilityZone'.split();"
        "print(*(t[k] for k in keys), t['Containers'][0]['Name'], c['Name'], c['DockerName'])"
    )
    task = local.reaches(local.run(local.define("curious", ["python", "-c", ask]))["taskArn"], "STOPPED")
    arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{CLUSTER}"
    zone = task["availabilityZone"]
    assert local.output(id_of(task)) == [
        f"{arn} {task['taskArn']} curious 1 RUNNING RUNNING FARGATE {zone} main main main"
    ]


def test_a_task_has_a_network_interface_while_it_lives(local: LocalEcs) -> None:
    task = local.run(local.define("networked", ["sleep", "60"]))
    details = {detail["name"]: detail["value"] for detail in task["attachments"][0]["details"]}
    assert details["subnetId"] == local.network["awsvpcConfiguration"]["subnets"][0]
    assert details["privateIPv4Address"].startswith("127.")
    ec2 = local.client("ec2")
    assert ec2.describe_network_interfaces(NetworkInterfaceIds=[details["networkInterfaceId"]])["NetworkInterfaces"]
    local.ecs.stop_task(cluster=CLUSTER, task=task["taskArn"])
    local.reaches(task["taskArn"], "STOPPED")
    with pytest.raises(ClientError, match="does not exist"):
        ec2.describe_network_interfaces(NetworkInterfaceIds=[details["networkInterfaceId"]])


def test_fifty_tasks_at_once_take_turns_and_all_succeed(local: LocalEcs) -> None:
    definition = local.define("fifty", ["sleep", "0.2"])
    tasks = [local.run(definition)["taskArn"] for _ in range(50)]
    room = 2 * (psutil.cpu_count() or 1)
    most = 0

    def states() -> set[str]:
        nonlocal most
        now = [task["lastStatus"] for task in local.ecs.describe_tasks(cluster=CLUSTER, tasks=tasks)["tasks"]]
        most = max(most, now.count("RUNNING"))
        return set(now)

    until(states, lambda now: now == {"STOPPED"}, 40)
    assert 1 < most <= room
    ended = local.ecs.describe_tasks(cluster=CLUSTER, tasks=tasks)["tasks"]
    assert [task["containers"][0]["exitCode"] for task in ended] == [0] * 50
