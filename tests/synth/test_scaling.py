"""How many tasks there are, where that is not a fixed number: prod by load, staging by the clock."""

import pytest

from .stack import Stack

WEB, DAEMON = "asset-manager-web", "asset-manager-daemon"


@pytest.fixture
def asleep(staging: dict[str, Stack]) -> Stack:
    """What sleeps at night."""
    return staging["services"]


def service(stack: Stack, name: str) -> str:
    return stack.address("aws_ecs_service", name=name)


def test_web_grows_with_its_load_within_the_settings(services: Stack) -> None:
    (target,) = services.resources("aws_appautoscaling_target").values()
    assert (target["service_namespace"], target["scalable_dimension"]) == ("ecs", "ecs:service:DesiredCount")
    assert target["resource_id"] == f"service/asset-manager/${{{service(services, WEB)}.name}}"
    assert (target["min_capacity"], target["max_capacity"]) == (1, 3)
    (policy,) = services.resources("aws_appautoscaling_policy").values()
    assert policy["resource_id"] == f"${{{services.address('aws_appautoscaling_target')}.resource_id}}"
    assert policy["policy_type"] == "TargetTrackingScaling"
    assert policy["target_tracking_scaling_policy_configuration"] == {
        "predefined_metric_specification": {"predefined_metric_type": "ECSServiceAverageCPUUtilization"},
        "target_value": 60,
        "scale_out_cooldown": 60,
        "scale_in_cooldown": 300,
    }


def test_terraform_does_not_take_back_what_scaling_did(services: Stack, asleep: Stack) -> None:
    ignored = {"ignore_changes": ["desired_count"]}
    for name in (WEB, DAEMON):
        assert services.resource("aws_ecs_service", name=name)["lifecycle"] == ignored
        assert asleep.resource("aws_ecs_service", name=name)["lifecycle"] == ignored


def test_the_daemon_is_never_scaled_by_load(services: Stack, asleep: Stack) -> None:
    for stack in (services, asleep):
        for target in stack.resources("aws_appautoscaling_target").values():
            assert target["max_capacity"] == 1 or service(stack, WEB) in target["resource_id"]
        for policy in stack.resources("aws_appautoscaling_policy").values():
            assert "daemon" not in policy["name"]


@pytest.mark.parametrize("name", [WEB, DAEMON])
def test_staging_opens_and_closes_with_the_office(asleep: Stack, name: str) -> None:
    """None of either outside of it; Terraform leaves to the clock what the clock changes."""
    wanted = f"service/asset-manager/${{{service(asleep, name)}.name}}"
    target = asleep.resource("aws_appautoscaling_target", resource_id=wanted)
    assert (target["min_capacity"], target["max_capacity"]) == (0, 1)
    assert target["lifecycle"] == {"ignore_changes": ["min_capacity", "max_capacity"]}
    start = asleep.resource("aws_appautoscaling_scheduled_action", name=f"{name}-start")
    stop = asleep.resource("aws_appautoscaling_scheduled_action", name=f"{name}-stop")
    assert (start["schedule"], start["timezone"]) == ("cron(0 7 ? * MON-FRI *)", "UTC")
    assert (stop["schedule"], stop["timezone"]) == ("cron(0 20 ? * MON-FRI *)", "UTC")
    assert start["scalable_target_action"] == {"min_capacity": "1", "max_capacity": "1"}
    assert stop["scalable_target_action"] == {"min_capacity": "0", "max_capacity": "0"}


def test_staging_runs_on_arm(asleep: Stack) -> None:
    for definition in asleep.resources("aws_ecs_task_definition").values():
        assert definition["runtime_platform"] == {"cpu_architecture": "ARM64", "operating_system_family": "LINUX"}
