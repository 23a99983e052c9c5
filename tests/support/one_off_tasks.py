"""Clients of an AWS on which a one-off task ends at once, and CloudWatch shows its lines late."""

from __future__ import annotations

import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from ops.aws import one_off_task, probe_runner

ARN = "arn:aws:ecs:us-west-1:111122223333:task/asset-manager/0123456789abcdef0123456789abcdef"


def printed(answer: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines that the runner prints for a script with this answer."""
    script = f"import json\ndef answer(): return json.loads({json.dumps(answer)!r})"
    monkeypatch.setattr("sys.argv", ["-c", script])
    probe_runner.main()
    return capsys.readouterr().out.splitlines()


class LateLines(SimpleNamespace):
    """Of `lines`, CloudWatch shows one more after each poll; none before the third."""

    def __init__(self, lines: Sequence[str], monkeypatch: pytest.MonkeyPatch, exit_code: int = 0) -> None:
        monkeypatch.setattr(one_off_task, "SECONDS_BETWEEN_POLLS", 0)
        monkeypatch.setattr(one_off_task, "SECONDS_FOR_LAST_LINES", 0)
        self.lines, self.exit_code, self.polls = lines, exit_code, 0
        network = {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"}
        service = {
            "status": "ACTIVE",
            "taskDefinition": "daemon:1",
            "launchType": "FARGATE",
            "networkConfiguration": {"awsvpcConfiguration": network},
        }
        options = {"awslogs-group": "group", "awslogs-stream-prefix": "ecs"}
        container = {"name": "daemon", "logConfiguration": {"options": options}}
        health = {"TargetHealth": {"State": "healthy"}, "Target": {"Id": "10.0.11.7", "Port": 3000}}
        super().__init__(
            ecs=SimpleNamespace(
                describe_services=lambda **_: {"services": [service]},
                describe_task_definition=lambda **_: {"taskDefinition": {"containerDefinitions": [container]}},
                run_task=lambda **_: {"tasks": [{"taskArn": ARN}]},
                describe_tasks=lambda **_: {"tasks": [self._task()]},
            ),
            elbv2=SimpleNamespace(
                describe_target_groups=lambda **_: {"TargetGroups": [{"TargetGroupArn": "arn"}]},
                describe_target_health=lambda **_: {"TargetHealthDescriptions": [health]},
            ),
            logs=SimpleNamespace(get_log_events=self._events),
        )

    def _task(self) -> dict[str, Any]:
        container = {"exitCode": self.exit_code}
        return {"taskArn": ARN, "lastStatus": "STOPPED", "stopCode": "", "containers": [container]}

    def _events(self, nextToken: str = "0", **_: object) -> dict[str, Any]:
        first = int(nextToken)
        self.polls += 1
        shown = self.lines[first : max(first, self.polls - 2)]
        return {"events": [{"message": line} for line in shown], "nextForwardToken": str(first + len(shown))}
