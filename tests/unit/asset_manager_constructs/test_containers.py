"""Container definitions."""

import json
from dataclasses import replace
from typing import Any

from asset_manager_constructs.containers import Container, container_definitions

CONTAINER = Container(
    name="asset-manager-web",
    image="registry/asset-manager:1",
    memory=4096,
    command=("dagster-webserver", "--port", "3000"),
    environment={"ENV": "prod", "AWS_REGION": "us-west-1"},
    secrets={"DAGSTER_PG_HOST": "arn:host", "AUTH0_CLIENT_ID": "arn:id"},
    log_group="fulcrum/asset-manager/web",
    region="us-west-1",
    port=3000,
    docker_labels={"secret-versions": "a=1"},
)


def definition(container: Container) -> dict[str, Any]:
    (only,) = json.loads(container_definitions(container))
    assert isinstance(only, dict)
    return only


def test_a_container_is_essential_and_states_its_own_memory() -> None:
    made = definition(CONTAINER)
    assert (made["name"], made["image"], made["essential"], made["memory"]) == (
        "asset-manager-web",
        "registry/asset-manager:1",
        True,
        4096,
    )


def test_variables_and_secrets_are_sorted_as_ecs_returns_them() -> None:
    made = definition(CONTAINER)
    assert made["environment"] == [{"name": "AWS_REGION", "value": "us-west-1"}, {"name": "ENV", "value": "prod"}]
    assert made["secrets"] == [
        {"name": "AUTH0_CLIENT_ID", "valueFrom": "arn:id"},
        {"name": "DAGSTER_PG_HOST", "valueFrom": "arn:host"},
    ]


def test_output_goes_to_the_log_group_with_a_stream_prefix() -> None:
    assert definition(CONTAINER)["logConfiguration"] == {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": "fulcrum/asset-manager/web",
            "awslogs-region": "us-west-1",
            "awslogs-stream-prefix": "ecs",
        },
    }


def test_awsvpc_maps_a_port_to_itself() -> None:
    assert definition(CONTAINER)["portMappings"] == [{"containerPort": 3000, "hostPort": 3000, "protocol": "tcp"}]


def test_what_a_container_has_not_is_absent_and_not_empty() -> None:
    bare = definition(replace(CONTAINER, command=(), port=None, docker_labels=None))
    assert not {"command", "portMappings", "dockerLabels"} & set(bare)


def test_no_container_has_an_entry_point() -> None:
    """The launcher overrides the command only; an entryPoint here would be put before it, and the run would die."""
    assert "entryPoint" not in definition(CONTAINER)
