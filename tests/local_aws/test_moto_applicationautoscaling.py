"""Additions to moto's Application Auto Scaling: the tags of a scalable target."""

from __future__ import annotations

from typing import Any

import pytest

from .local_ecs import CLUSTER, LocalEcs


@pytest.fixture
def scaling(local: LocalEcs) -> Any:
    return local.client("application-autoscaling")


@pytest.fixture
def target(local: LocalEcs, scaling: Any) -> str:
    definition = local.define("scaled", ["true"])
    if not local.ecs.describe_services(cluster=CLUSTER, services=["scaled"])["services"]:
        local.create_service("scaled", definition, 0, (0, 100), {})
    made = scaling.register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/{CLUSTER}/scaled",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=0,
        MaxCapacity=2,
        Tags={"Name": "scaled"},
    )
    return str(made["ScalableTargetARN"])


def test_register_scalable_target_and_list_tags_for_resource(scaling: Any, target: str) -> None:
    assert scaling.list_tags_for_resource(ResourceARN=target)["Tags"] == {"Name": "scaled"}


def test_list_tags_for_resource_after_tag_resource_and_untag_resource(scaling: Any, target: str) -> None:
    scaling.tag_resource(ResourceARN=target, Tags={"Team": "data"})
    assert scaling.list_tags_for_resource(ResourceARN=target)["Tags"] == {"Name": "scaled", "Team": "data"}
    scaling.untag_resource(ResourceARN=target, TagKeys=["Name"])
    assert scaling.list_tags_for_resource(ResourceARN=target)["Tags"] == {"Team": "data"}
