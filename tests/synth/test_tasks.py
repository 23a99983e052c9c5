"""What a task may do and may not, and how it comes and goes."""

import json

import pytest

from tests.support.repository import ROOT

from .stack import FAMILIES, Stack, container

WRITABLE = {"home": "/opt/dagster/home", "tmp": "/tmp"}  # noqa: S108


@pytest.mark.parametrize("task", FAMILIES)
def test_a_container_writes_two_folders_and_nothing_else(services: Stack, task: str) -> None:
    made = container(services, task)
    assert made["readonlyRootFilesystem"] is True
    assert {mount["sourceVolume"]: mount["containerPath"] for mount in made["mountPoints"]} == WRITABLE
    assert not any(mount["readOnly"] for mount in made["mountPoints"])
    volumes = services.resource("aws_ecs_task_definition", family=FAMILIES[task])["volume"]
    assert [volume["name"] for volume in volumes] == list(WRITABLE)


def test_the_image_declares_them_so_that_they_are_its_users() -> None:
    """Fargate gives an empty volume the owner and mode of a folder that the image declares, and root's otherwise."""
    dockerfile = (ROOT / "docker" / "Dockerfile").read_text()
    assert f"VOLUME {json.dumps(list(WRITABLE.values()))}\n" in dockerfile


@pytest.mark.parametrize("task", FAMILIES)
def test_a_container_has_no_linux_capability(services: Stack, task: str) -> None:
    made = container(services, task)
    assert made["linuxParameters"] == {"capabilities": {"drop": ["ALL"]}}
    assert "privileged" not in made


@pytest.mark.parametrize("task", FAMILIES)
def test_a_container_has_as_long_to_end_as_fargate_grants(services: Stack, task: str) -> None:
    assert container(services, task)["stopTimeout"] == 120


@pytest.mark.parametrize("task", FAMILIES)
def test_tasks_run_on_the_settings_architecture(services: Stack, task: str) -> None:
    definition = services.resource("aws_ecs_task_definition", family=FAMILIES[task])
    assert definition["runtime_platform"] == {"cpu_architecture": "X86_64", "operating_system_family": "LINUX"}


def test_only_the_daemon_asks_itself_whether_it_is_well(services: Stack) -> None:
    """Web is asked by the load balancer, and a run by Dagster's run monitoring."""
    assert container(services, "daemon")["healthCheck"] == {
        "command": ["CMD", "dagster-daemon", "liveness-check"],
        "interval": 60,
        "timeout": 60,
        "retries": 3,
        "startPeriod": 180,
    }
    assert "healthCheck" not in container(services, "web")
    assert "healthCheck" not in container(services, "run")


@pytest.mark.parametrize("name", ["asset-manager-web", "asset-manager-daemon"])
def test_a_deployment_that_does_not_come_up_is_rolled_back(services: Stack, name: str) -> None:
    breaker = services.resource("aws_ecs_service", name=name)["deployment_circuit_breaker"]
    assert breaker == {"enable": True, "rollback": True}


def test_a_target_that_leaves_has_half_a_minute_to_answer(services: Stack) -> None:
    assert services.resource("aws_lb_target_group")["deregistration_delay"] == "30"
