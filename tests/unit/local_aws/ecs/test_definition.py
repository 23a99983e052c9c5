"""From a task definition and overrides to a command and its variables."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.ecs import definition
from local_aws.ecs.definition import LogTarget, StartRefusedError

IMAGE = ["/entrypoint"]


@pytest.mark.parametrize(
    ("given", "override", "arguments"),
    [
        ({"command": ["a", "b"]}, {}, ["/entrypoint", "a", "b"]),
        ({"command": ["a"]}, {"command": ["c"]}, ["/entrypoint", "c"]),
        ({"command": ["a"], "entryPoint": ["sh", "-c"]}, {}, ["sh", "-c", "a"]),
        ({"entryPoint": ["true"]}, {}, ["true"]),
    ],
)
def test_the_arguments(given: dict[str, Any], override: dict[str, Any], arguments: list[str]) -> None:
    assert definition.arguments(given, override, IMAGE) == arguments


def test_a_task_without_a_command_is_refused() -> None:
    with pytest.raises(StartRefusedError) as refused:
        definition.arguments({}, {}, IMAGE)
    assert str(refused.value) == "CannotStartContainerError: neither task definition nor overrides give a command"


def test_run_task_has_the_last_word_on_variables() -> None:
    given = {"environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "1"}, {"name": "C", "value": "1"}]}
    override = {"environment": [{"name": "C", "value": "3"}]}
    assert definition.variables(given, override, {"B": "2"}) == {"A": "1", "B": "2", "C": "3"}


@pytest.mark.parametrize(
    ("value_from", "name"),
    [
        ("arn:aws:ssm:us-west-1:444455556666:parameter/asset-manager/X", "/asset-manager/X"),
        ("/asset-manager/X", "/asset-manager/X"),
        ("X", "X"),
    ],
)
def test_a_secret_is_named_as_people_name_the_parameter(value_from: str, name: str) -> None:
    assert definition.parameter_name(value_from) == name


def test_a_secret_of_another_service_is_refused() -> None:
    arn = "arn:aws:secretsmanager:us-west-1:444455556666:secret:x-AbCdEf"
    with pytest.raises(StartRefusedError) as refused:
        definition.parameter_name(arn)
    assert str(refused.value) == (
        "ResourceInitializationError: unable to pull secrets or registry auth: "
        f"the local ECS knows secrets of SSM only, and {arn} is none"
    )


def test_a_task_of_two_containers_is_refused() -> None:
    with pytest.raises(StartRefusedError) as refused:
        definition.the_container([{"name": "main"}, {"name": "sidecar"}])
    assert str(refused.value) == (
        "CannotStartContainerError: the local ECS runs tasks of one container, and this definition has 2: main, sidecar"
    )


def test_the_stream_is_where_the_launcher_looks_for_it() -> None:
    options = {"awslogs-group": "runs", "awslogs-stream-prefix": "ecs"}
    container = {"name": "run", "logConfiguration": {"logDriver": "awslogs", "options": options}}
    assert definition.log_target(container, "123") == LogTarget(group="runs", stream="ecs/run/123")
    assert definition.log_target({"name": "run"}, "123") is None


def test_another_log_driver_is_refused() -> None:
    with pytest.raises(StartRefusedError) as refused:
        definition.log_target({"name": "run", "logConfiguration": {"logDriver": "splunk"}}, "123")
    assert str(refused.value) == "CannotStartContainerError: the local ECS knows the log driver awslogs, not splunk"


@pytest.mark.parametrize(("given", "seconds"), [({}, 30), ({"stopTimeout": 5}, 5), ({"stopTimeout": 0}, 0)])
def test_the_stop_timeout(given: dict[str, int], seconds: float) -> None:
    assert definition.stop_timeout(given) == seconds


def test_overrides_are_measured_and_matched() -> None:
    fitting = {"containerOverrides": [{"name": "main", "command": ["x" * 8000]}]}
    assert definition.overrides_problem(None, ["main"]) is None
    assert definition.overrides_problem(fitting, ["main"]) is None
    assert definition.overrides_problem(fitting, ["web"]) == (
        "Override for container named main is not a container in the TaskDefinition."
    )
    fitting["containerOverrides"][0]["command"] = ["x" * 8192]
    assert definition.overrides_problem(fitting, ["main"]) == "Container Overrides length must be at most 8192"
