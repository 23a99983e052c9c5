"""Additions to moto that hold for every service."""

from __future__ import annotations

import json
from typing import ClassVar

from moto.core.common_models import BaseModel

from local_aws.moto import core, patch

from .local_ecs import LocalEcs


def test_new_keeps_no_list_of_what_was_created() -> None:
    class Model(BaseModel):
        instances_tracked: ClassVar[list[object]]

    assert patch.replacement(BaseModel, "__new__") is core.new
    assert isinstance(core.new(None, Model), Model)
    assert Model.instances_tracked == []
    Model()
    assert len(Model.instances_tracked) == 1  # by moto itself, in this process


def test_call_action_counts_the_calls(local: LocalEcs) -> None:
    def counted() -> int:
        return int(json.loads(local.get("/asset-manager-api/calls")[1])["ecs:ListClusters"])

    local.ecs.list_clusters()
    before = counted()
    local.ecs.list_clusters()
    assert counted() == before + 1
