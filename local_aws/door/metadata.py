"""The emulator's own answers, beside AWS's APIs, below /asset-manager-api/.

- the task metadata endpoint, version 4
- the number of AWS calls, and the calls that tasks made
- the throttle
- digests of the client secrets in the listener rules, which no AWS API returns
- hold: keep a provider's calls back while Terraform is interrupted (local_aws/door/saving.py)

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate.html
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from local_aws.door.access_log import AccessLog
from local_aws.door.guard import Application, Environ, StartResponse, answer
from local_aws.ecs.agent import Agent
from local_aws.ecs.tasks import LocalTask
from local_aws.moto.elbv2 import client_secret_digests
from local_aws.throttle import Throttle

PREFIX = "/asset-manager-api/"


class WithMetadata:
    """The emulator's WSGI application with these answers before it."""

    def __init__(
        self,
        application: Application,
        agent: Agent,
        calls: Counter[str],
        throttle: Throttle,
        hold: Callable[[], None],
    ) -> None:
        self._application = application
        self._agent = agent
        self._throttle = throttle
        self._hold = hold
        self._access_log = AccessLog(agent.find)
        self._answers: dict[str, Callable[[], dict[str, Any]]] = {
            "access": lambda: {"calls": list(self._access_log.calls), "others": self._access_log.others},
            "calls": lambda: dict(sorted(calls.items())),
            "client-secrets": client_secret_digests,
        }

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = str(environ.get("PATH_INFO", ""))
        if not path.startswith(PREFIX):
            self._access_log.note(environ)
            return self._application(environ, start_response)
        document = self._document(path.removeprefix(PREFIX).strip("/").split("/"))
        status = "404 Not Found" if document is None else "200 OK"
        body = json.dumps({"error": f"nothing at {path}"} if document is None else document).encode()
        return answer(start_response, status, "application/json", body)

    def _document(self, path: list[str]) -> dict[str, Any] | None:
        match path:
            case [name] if name in self._answers:
                return self._answers[name]()
            case ["throttle", percent] if percent.isdigit():
                refused = dict(sorted(self._throttle.refused.items()))
                self._throttle.set(int(percent))
                return refused
            case ["hold"]:
                self._hold()
                return {}
            case ["v4", task_id] if task := self._agent.find(task_id):
                return _container(task)
            case ["v4", task_id, "task"] if task := self._agent.find(task_id):
                return _task(task)
        return None


def _task(local: LocalTask) -> dict[str, Any]:
    task, definition = local.task, local.definition
    document = {
        "Cluster": task.cluster_arn,
        "TaskARN": task.task_arn,
        "Family": definition.family,
        "Revision": str(definition.revision),
        "DesiredStatus": task.desired_status,
        "KnownStatus": task.last_status,
        "Limits": {"CPU": int(vars(task)["cpu"] or 0) / 1024, "Memory": int(vars(task)["memory"] or 0)},
        "PullStartedAt": _time(task, "pull_started_at"),
        "PullStoppedAt": _time(task, "pull_stopped_at"),
        "AvailabilityZone": vars(task)["availability_zone"],
        "LaunchType": task.launch_type,
        "Containers": [_container(local)],
    }
    if task.group.startswith("service:"):
        document["ServiceName"] = task.group.removeprefix("service:")
    return document


def _container(local: LocalTask) -> dict[str, Any]:
    task, container, definition = local.task, local.container, local.container_definition
    log = definition.get("logConfiguration") or {}
    return {
        "DockerId": vars(container)["runtime_id"],
        "Name": container.name,
        "DockerName": container.name,
        "Image": container.image,
        "Labels": {
            **(definition.get("dockerLabels") or {}),
            "com.amazonaws.ecs.cluster": task.cluster_arn,
            "com.amazonaws.ecs.container-name": container.name,
            "com.amazonaws.ecs.task-arn": task.task_arn,
            "com.amazonaws.ecs.task-definition-family": local.definition.family,
            "com.amazonaws.ecs.task-definition-version": str(local.definition.revision),
        },
        "DesiredStatus": task.desired_status,
        "KnownStatus": container.last_status,
        "Limits": {"CPU": int(str(container.cpu)), "Memory": int(str(container.memory or 0))},
        "CreatedAt": _time(task, "created_at"),
        "StartedAt": _time(task, "started_at"),
        "Type": "NORMAL",
        "ContainerARN": container.container_arn,
        "LogDriver": log.get("logDriver"),
        "LogOptions": log.get("options", {}),
        "Networks": [{"NetworkMode": "awsvpc", "IPv4Addresses": [local.placement.address]}],
    }


def _time(task: object, name: str) -> str | None:
    moment = vars(task).get(name)
    return f"{moment.isoformat(timespec='milliseconds')}Z" if isinstance(moment, datetime) else None
